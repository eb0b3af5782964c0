// What a concept is made of that is more than its name: aliases, required and excluded names, concepts below it.
const PART_WORDS = {
  name: "its name",
  alias: "or",
  union: "any of these",
  required: "of these, with",
  excluded: "taken away by",
  own: "without those below",
  below: "a concept below",
};
const partsOf = Map.groupBy(data.parts.rows, ([concept]) => concept);

function showParts(concept) {
  const rows = partsOf.get(concept) ?? [];
  byId("card-defined").hidden = !rows.length;
  const heads = ["part", "name", ...data.parts.searches];
  byId("card-part-heads").replaceChildren(...heads.map((head, place) => element("th", head, place > 1 ? { class: "n" } : {})));
  byId("card-parts").replaceChildren(...rows.map((row) => partRow(row)));
  byId("card-parts-told").textContent = data.parts.searches.length
    ? "Samples that hold each part by itself; a sample may hold several."
    : "conceptfreq counts CONFIG --search text --parts counts the samples of each part.";
}

function partRow([, part, name, counts]) {
  const row = element("tr");
  const named = element("td");
  named.append(element("bdi", name ?? ""));
  row.append(element("td", PART_WORDS[part]), named);
  row.append(...counts.map((count) => element("td", count === null ? "no answer" : counted(count), { class: "n" })));
  return row;
}
