// The parts of the chart of `law` that are its own: its axes, its line, and the means of its bins.
/** The axes of frequencies up to `most` and of scores. zeros: whether a concept stands at 0, where the least one is. */
function lawAxes(dots, most, zeros) {
  const x = { field: "x", ...decades("frequency: samples that hold the concept", law.least, most, false) };
  if (zeros) x.axis.labelExpr = `datum.value <= ${law.least} ? '0 or ' + datum.label : ${x.axis.labelExpr}`;
  const y = { field: "score", type: "quantitative", title: law.metric, scale: { domain: scoreSpan(dots), zero: false, nice: false }, axis: { format: law.share ? ".0%" : "~g" } };
  return [x, y];
}

/** The format of one score. */
function exactly() {
  return law.share ? ".1%" : ".3~g";
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
          { field: "score", title: `mean ${law.metric}`, format: exactly() },
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
