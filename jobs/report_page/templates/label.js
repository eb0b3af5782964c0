// One pair after the other: a key or a button judges it. Labels stay in the browser until they are saved as a CSV.
const { name, draw, columns, rows, shown, pictures } = JSON.parse(byId("numbers").textContent);
const KEPT = `conceptfreq-labels-${draw}`;
const KEYS = { y: "yes", n: "no", u: "unsure", b: "back", ArrowLeft: "back", Backspace: "back", s: "save" };
const ANSWERS = ["yes", "no", "unsure"];
const QUESTIONS = {
  image: ["Does the image show ", "?"],
  caption: ["Does the caption speak of ", "?"],
};
const judged = columns.indexOf("judged");
let labels = rows.map(() => "");
let at = 0;
let storable = true;

/** Labels of this draw from an earlier visit. */
function remember() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    if (Array.isArray(kept) && kept.length === rows.length) labels = kept.map((one) => (ANSWERS.includes(one) ? one : ""));
    localStorage.setItem(KEPT, JSON.stringify(labels));
  } catch {
    storable = false;
  }
  at = firstOpen(0);
}

function keep() {
  try {
    localStorage.setItem(KEPT, JSON.stringify(labels));
  } catch {
    storable = false;
  }
}

/** The first pair from here on without a label, or from the start; rows.length if there is none. */
function firstOpen(from) {
  const next = labels.indexOf("", from);
  if (next >= 0) return next;
  const first = labels.indexOf("");
  return first >= 0 ? first : rows.length;
}

function show() {
  const done = labels.filter((label) => label).length;
  byId("bar").value = done;
  byId("done").textContent = `${counted(done)} of ${counted(rows.length)} judged.`;
  byId("kept").textContent = storable ? "Labels stay in this browser until they are saved." : "This browser keeps nothing: save before you close the page.";
  const ended = at >= rows.length;
  byId("pair").hidden = ended;
  byId("end").hidden = !ended;
  for (const answer of ANSWERS) {
    byId(answer).disabled = ended;
    byId(answer).setAttribute("aria-pressed", String(!ended && labels[at] === answer));
  }
  byId("back").disabled = at === 0;
  if (!ended) showPair(rows[at], shown[at]);
  scrollTo(0, 0);
}

function showPair(row, { concept, caption, link, sample, picture }) {
  const [before, after] = QUESTIONS[row[judged]];
  const word = element("strong");
  word.append(element("bdi", concept));
  byId("question").replaceChildren(before, word, after);
  byId("picture").replaceChildren(...pictured(picture));
  byId("caption").textContent = caption ?? "";
  byId("caption").hidden = caption === null;
  byId("sample").textContent = sample;
  byId("link").hidden = link === null;
  if (link === null) byId("link").removeAttribute("href");
  else byId("link").href = link;
}

function pictured(picture) {
  if (pictures === null) return [];
  const { src, reason } = pictures[picture];
  if (src) return [element("img", undefined, { src, alt: "the image to judge" })];
  return [element("span", `The image is not here: ${reason}`, { class: "muted" })];
}

function act(what) {
  if (what === "save") return save();
  if (what === "back") at = Math.max(0, at - 1);
  else if (at < rows.length) {
    labels[at] = what;
    keep();
    // After a correction the pairs that were skipped over are not shown again.
    at = firstOpen(at + 1);
  }
  return show();
}

function cell(value) {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function save() {
  const lines = [columns, ...rows.map((row, place) => [...row, labels[place]])].map((row) => row.map(cell).join(","));
  const link = element("a", undefined, { download: `${name.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-")}-labels.csv` });
  link.href = URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], { type: "text/csv" }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

addEventListener("keydown", (event) => {
  const plain = !(event.ctrlKey || event.metaKey || event.altKey || event.repeat);
  const what = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!plain || !what || event.target.closest("select, input")) return;
  event.preventDefault();
  if (!byId(what).disabled) act(what);
});
for (const what of [...ANSWERS, "back", "save"]) byId(what).addEventListener("click", () => act(what));

remember();
for (const id of ["progress", "answers"]) byId(id).hidden = false;
show();
document.documentElement.dataset.drawn = "true";
