"use strict";
// Each dot carries its words in a title element; here they show at once and for the dot nearest to the pointer.
const tip = document.getElementById("tip");
const REACH = 14;
for (const group of document.querySelectorAll("svg .dots")) {
  const svg = group.ownerSVGElement;
  const dots = Array.from(group.querySelectorAll("use"), (dot) => {
    const title = dot.querySelector("title");
    const words = title.textContent;
    title.remove();
    return { dot, words, x: Number(dot.getAttribute("x")), y: Number(dot.getAttribute("y")) };
  });
  let near = null;
  const leave = () => {
    if (near) near.dot.classList.remove("near");
    near = null;
    tip.hidden = true;
  };
  const follow = (event) => {
    const matrix = group.getScreenCTM();
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    let best = null;
    let least = (REACH / matrix.a) ** 2;
    for (const candidate of dots) {
      const distance = (candidate.x - at.x) ** 2 + (candidate.y - at.y) ** 2;
      if (distance < least) [best, least] = [candidate, distance];
    }
    if (best !== near) leave();
    if (!best) return;
    near = best;
    near.dot.classList.add("near");
    tip.textContent = near.words;
    tip.hidden = false;
    const right = event.clientX + 14 + tip.offsetWidth > window.innerWidth;
    tip.style.left = (right ? event.clientX - 14 - tip.offsetWidth : event.clientX + 14) + "px";
    tip.style.top = Math.min(event.clientY + 14, window.innerHeight - tip.offsetHeight - 4) + "px";
  };
  svg.addEventListener("pointermove", follow);
  svg.addEventListener("pointerdown", follow);
  svg.addEventListener("pointerleave", leave);
}
