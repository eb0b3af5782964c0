// Parts of the page that come when they are reached, and again when a choice in them changes.

/** Ask for a part and put it into its box; what cannot be had is said there. */
async function load(box, address) {
  box.setAttribute("aria-busy", "true");
  let html;
  try {
    html = await (await fetch(address)).text();
  } catch {
    html = "";
  }
  const made = new DOMParser().parseFromString(html || "<p class='note'>The explorer does not answer.</p>", "text/html");
  box.replaceChildren(...made.body.childNodes);
  box.removeAttribute("aria-busy");
  begin(box);
}

const reached = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      reached.unobserve(target);
      if (target.dataset.part) load(target, target.dataset.part);
      else nextSamples(target);
    }
  },
  { rootMargin: "600px" },
);

/** The samples that follow, in the grid; the link to the next ones takes the place of this one. */
async function nextSamples(link) {
  const more = link.closest(".more");
  const list = more.previousElementSibling.querySelector(".grid");
  let made;
  try {
    made = new DOMParser().parseFromString(await (await fetch(link.dataset.next)).text(), "text/html");
  } catch {
    // The link stays, for another try.
    return;
  }
  list.append(...(made.querySelector(".grid")?.children ?? []));
  tickChosen(list);
  const next = made.querySelector(".more");
  if (next) more.replaceWith(next);
  else more.remove();
  if (next) reached.observe(next.querySelector("a"));
}

/** The address of a form's part: its fields, but for empty ones. */
function addressOf(form) {
  const fields = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
  fields.set("part", "1");
  return `${form.getAttribute("action")}?${fields}`;
}

function beginForm(form) {
  const box = form.closest(".part");
  if (!box) return;
  const ask = async (event) => {
    event.preventDefault();
    const { name } = document.activeElement ?? {};
    await load(box, addressOf(form));
    // Whoever chose by keyboard goes on where they were.
    if (name) box.querySelector(`form[data-into] [name="${CSS.escape(name)}"]`)?.focus({ preventScroll: true });
  };
  form.addEventListener("submit", ask);
  for (const select of form.querySelectorAll("select")) select.addEventListener("change", ask);
}
