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
  const zeros = dots.some((dot) => dot.count < law.least);
  const x = { field: "x", ...decades("frequency: samples that hold the concept", law.least, 10 ** law.ends[1], false) };
  x.axis.labelExpr = `datum.value <= ${law.least} ${zeros ? "" : "&& false"} ? '0 or ' + datum.label : ${x.axis.labelExpr}`;
  const format = law.share ? ".0%" : "~g";
  const y = { field: "score", type: "quantitative", title: law.metric, scale: { domain: scoreSpan(dots), zero: false, nice: false }, axis: { format } };
  const exact = law.share ? ".1%" : ".3~g";
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
            { field: "score", title: law.metric, format: exact },
            { field: "line", title: "the line expects", format: exact },
          ],
        },
      },
      ...binLayers(x, y),
    ],
  });
}

/** The span of scores with a margin; shares end at 0 and 1. */
function scoreSpan(dots) {
  const scores = [...dots.map((dot) => dot.score), ...law.bins.map(([, score]) => score)];
  const [low, high] = [scores.reduce((one, other) => Math.min(one, other)), scores.reduce((one, other) => Math.max(one, other))];
  const margin = (high - low) * 0.06 || 0.5;
  return law.share ? [Math.max(-0.02, low - margin), Math.min(1.02, high + margin)] : [low - margin, high + margin];
}

/** The line of the slope that is reported first, through the mean of the concepts, with the interval of the slope. */
function lineLayers(x, y) {
  const [middle, height] = law.middle;
  const at = (slope, place) => height + slope * (place - middle);
  const places = [law.ends[0], middle, law.ends[1]];
  const [slope, low, high] = law.slope;
  const values = places.map((place) => ({
    x: 10 ** place, score: at(slope, place), low: at(low ?? slope, place), high: at(high ?? slope, place),
  }));
  const accent = colour("accent");
  return [
    {
      data: { values },
      mark: { type: "area", clip: true, opacity: 0.16, color: accent, tooltip: null },
      encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" } },
    },
    { data: { values }, mark: { type: "line", clip: true, color: accent, strokeWidth: 2, tooltip: null }, encoding: { x, y } },
  ];
}

/** The means of the protocol's bins; hollow ones are left out of r. */
function binLayers(x, y) {
  const values = law.bins.map(([edge, score, concepts, used]) => ({ x: Math.max(edge, law.least), score, concepts, used }));
  const [mark, paper] = [colour("mark"), colour("paper")];
  return [
    {
      data: { values },
      mark: { type: "point", filled: true, size: 95, stroke: mark, strokeWidth: 1.6, opacity: 1 },
      encoding: {
        x, y,
        fill: { condition: { test: "datum.used", value: mark }, value: paper },
        tooltip: [
          { field: "concepts", title: "concepts in this bin", format: "," },
          { field: "score", title: `mean ${law.metric}`, format: law.share ? ".1%" : ".3~g" },
          { field: "x", title: "up to a frequency of", format: ",.0f" },
        ],
      },
    },
    {
      data: { values },
      mark: { type: "text", dy: -13, fontSize: 10.5, fontWeight: 600, color: mark, tooltip: null },
      encoding: { x, y, text: { field: "concepts", format: "," } },
    },
  ];
}

function lawTold(dots, set) {
  const drawn = set === "all" ? law.pairs : dots;
  const part = dots < drawn ? ` ${counted(dots)} of ${counted(drawn)} concepts are drawn; line and bins are over all.` : "";
  const of = set === "all" ? "" : ` Dots: ${data.sets[set]} only; line and bins are over all sets.`;
  const r = law.r === null ? "" : ` r over bins: ${law.r.toFixed(2)}.`;
  return `${law.verdict}${r}${of}${part}`;
}
