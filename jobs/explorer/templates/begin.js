// What a page, or a part of one that has come, begins with.
function begin(within) {
  for (const box of within.querySelectorAll("[data-part]")) reached.observe(box);
  for (const link of within.querySelectorAll("a[data-next]")) reached.observe(link);
  for (const form of within.querySelectorAll("form[data-into]")) beginForm(form);
  for (const box of within.querySelectorAll("[data-chart]")) beginChart(box);
  tickChosen(within);
}

/** Names for what is typed, in the list of the field; the last of several after commas. */
function offerNames(field, list) {
  let typed = 0;
  field.addEventListener("input", () => {
    clearTimeout(typed);
    typed = setTimeout(async () => {
      const before = field.value.slice(0, field.value.lastIndexOf(",") + 1);
      const text = field.value.slice(before.length).trim();
      if (!text) return;
      const answer = await fetch(`/suggest?${new URLSearchParams({ text })}`).catch(() => null);
      if (!answer?.ok) return;
      list.replaceChildren(...(await answer.json()).map((value) => element("option", undefined, { value: before + value })));
    }, 120);
  });
}

offerNames(byId("word"), byId("offered"));
for (const field of document.querySelectorAll("[data-offers]")) offerNames(field, byId(field.dataset.offers));
for (const link of document.querySelectorAll(".bar nav a")) if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  event.preventDefault();
  byId("word").select();
});
showTray();
begin(document);
