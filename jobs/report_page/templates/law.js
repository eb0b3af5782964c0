// The law: which fit is shown, and its chart.
const PARTS = {
  "law-corpus": (law) => data.searches[law.search].corpus,
  "law-search": (law) => data.searches[law.search].label,
  "law-model": (law) => law.model,
  "law-prompt": (law) => law.prompt,
  "law-protocol": (law) => law.protocol,
};
let law = data.laws[0];

/** Show the fit that has the value just chosen and the most of the other ones. */
function chooseLaw(changed) {
  const agreement = (one) => Object.entries(PARTS).filter(([id, part]) => part(one) === byId(id).value).length;
  const having = data.laws.filter((one) => PARTS[changed](one) === byId(changed).value);
  law = having.reduce((best, one) => (agreement(one) > agreement(best) ? one : best));
  showLaw();
}

function showLaw() {
  for (const [id, part] of Object.entries(PARTS)) byId(id).value = part(law);
  const sets = [...new Set(data.scores[law.scores].sets)];
  const chosen = byId("law-set").value;
  fill(byId("law-set"), [["all", "all sets"], ...sets.map((set) => [String(set), data.sets[set]])]);
  byId("law-set").value = sets.map(String).includes(chosen) ? chosen : "all";
  return lawChart();
}

function lawChart() {
  const block = data.scores[law.scores];
  const { counts } = data.searches[law.search];
  const set = byId("law-set").value;
  const dots = block.concepts.flatMap((concept, row) => {
    const count = counts[concept];
    if (count === null || count < 0 || (set !== "all" && block.sets[row] !== Number(set))) return [];
    const score = block.scores[row];
    return [{ concept, name: data.concepts[concept], set: data.sets[block.sets[row]], count, x: Math.max(count, law.least), score, line: expected(law, count) }];
  });
  byId("law-told").textContent = lawTold(dots.length, set);
  const [x, y] = lawAxes(dots, 10 ** law.ends[1], dots.some((dot) => dot.count < law.least));
  return draw(byId("law-chart"), `${law.title}: ${law.metric} against frequency. ${law.verdict}`, 440, {
    layer: [
      ...lineLayers(x, y),
      {
        data: { values: dots },
        mark: { type: "circle", size: dots.length > 600 ? 20 : 42, opacity: dots.length > 600 ? 0.35 : 0.6, color: colour("dot"), cursor: "pointer" },
        encoding: {
          x, y,
          tooltip: [
            { field: "name", title: "concept" },
            { field: "set" },
            { field: "count", title: "samples", format: "," },
            { field: "score", title: law.metric, format: exactly() },
            { field: "line", title: "the line expects", format: exactly() },
          ],
        },
      },
      ...binLayers(x, y),
    ],
  });
}

function lawTold(dots, set) {
  const drawn = set === "all" ? law.pairs : dots;
  const part = dots < drawn ? ` ${counted(dots)} of ${counted(drawn)} concepts are drawn; line and bins are over all.` : "";
  const of = set === "all" ? "" : ` Dots: ${data.sets[set]} only; line and bins are over all sets.`;
  const r = law.r === null ? "" : ` r over bins: ${law.r.toFixed(2)}.`;
  return `${law.verdict}${r}${of}${part}`;
}
