// The numbers of the page, and the forms in which they are shown.
const data = JSON.parse(document.getElementById("numbers").textContent);
const corpora = [...new Set(data.searches.map((search) => search.corpus))];
const labels = [...new Set(data.searches.map((search) => search.label))];
const NOT_ASKED = -1;

/** The frequency as it is shown: a search that cannot answer, or was not asked, has none. */
function frequency(search, concept) {
  const count = data.searches[search].counts[concept];
  if (count === null) return "no answer";
  return count === NOT_ASKED ? "not asked" : counted(count);
}

/** Why a search cannot answer this concept. */
function reason(search, concept) {
  const found = data.searches[search].reasons.find(([, concepts]) => concepts.includes(concept));
  return found ? found[0] : "";
}

const flagsOf = new Map();
for (const [concept, search, kind, why] of data.flags) {
  if (!flagsOf.has(concept)) flagsOf.set(concept, []);
  flagsOf.get(concept).push({ search, kind, why });
}

/** The score that the law's line expects at this frequency. */
function expected(law, count) {
  const value = law.line[0] + law.line[1] * Math.log10(Math.max(count, law.least));
  return law.share ? Math.min(1, Math.max(0, value)) : value;
}

/** Concept to its mean score over sets, for each block of scores. */
const meansOf = data.scores.map((block) => {
  const sums = new Map();
  block.concepts.forEach((concept, row) => {
    const [sum, rows] = sums.get(concept) ?? [0, 0];
    sums.set(concept, [sum + block.scores[row], rows + 1]);
  });
  return new Map([...sums].map(([concept, [sum, rows]]) => [concept, sum / rows]));
});

/** Position -> rank in a search, 1 for the most frequent; equal ones share the better rank. */
function ranks(search) {
  const { counts } = data.searches[search];
  const sorted = counts.filter((count) => count !== null && count >= 0).sort((one, other) => other - one);
  const first = new Map();
  sorted.forEach((count, place) => first.has(count) || first.set(count, place + 1));
  // Beyond the ranks that the page holds in full, concepts may be missing.
  return counts.map((count) => {
    const rank = first.get(count) ?? null;
    return rank !== null && rank > data.ranked ? null : rank;
  });
}

const inShort = (label) => label.replace(" search", "");

/** The views of the table and of the curves: the searches of a corpus, or one search in every corpus. */
const VIEWS = [
  ["One corpus", corpora.map((corpus, place) => [`corpus ${place}`, corpus])],
  ["One search", labels.map((label, place) => [`search ${place}`, label])],
];

/** The searches of a view, each with its heading. */
function searchesOf(view) {
  const [kind, place] = view.split(" ");
  return data.searches.flatMap((search, position) => {
    if (kind === "corpus") return search.corpus === corpora[place] ? [{ position, heading: inShort(search.label) }] : [];
    return search.label === labels[place] ? [{ position, heading: search.corpus }] : [];
  });
}
