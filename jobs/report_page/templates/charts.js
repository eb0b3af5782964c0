// The charts, as specifications for Vega-Lite. A click on a concept's dot opens its card.
const SERIES = ["#3f7fb0", "#d0641f", "#3f9469", "#9467bd", "#b08a1e", "#7b8794", "#c65b86", "#2aa3a3"];
// Where a frequency of 0 stands on a logarithmic axis.
const ZERO = 0.4;

function settings() {
  const [ink, muted, faint] = ["ink", "muted", "faint"].map(colour);
  return {
    background: null,
    font: getComputedStyle(document.body).fontFamily,
    view: { stroke: null },
    range: { category: SERIES },
    axis: {
      labelColor: muted, titleColor: muted, gridColor: faint, domainColor: faint, tickColor: faint,
      labelFontSize: 11.5, titleFontSize: 12, titleFontWeight: "normal", titlePadding: 8,
    },
    legend: { labelColor: ink, orient: "top", labelFontSize: 12, title: null, labelLimit: 260, columns: innerWidth < 700 ? 1 : 3 },
  };
}

/** Draw a chart into a box, after what is being drawn there. description: what a screen reader says instead of it. */
function draw(box, description, height, spec) {
  box.drawing = (box.drawing ?? Promise.resolve()).then(() => embed(box, description, height, spec));
  return box.drawing;
}

async function embed(box, description, height, spec) {
  box.result?.finalize();
  const whole = {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    description, height, width: "container", autosize: { type: "fit", contains: "padding" }, config: settings(), ...spec,
  };
  // ast: the page's policy allows no script that is made from text, so expressions are interpreted.
  box.result = await vegaEmbed(box, whole, {
    ast: true, actions: false, renderer: "canvas", defaultStyle: false, tooltip: { disableDefaultStyle: true },
  });
  box.result.view.addEventListener("click", (_, item) => {
    const concept = item?.datum?.concept;
    if (concept !== undefined) openCard(concept);
  });
}

/** A logarithmic axis of frequencies up to `most`; from 0 if `zeros`, else from `least`. */
function decades(title, least, most, zeros) {
  const values = [];
  for (let power = 0; 10 ** power <= most * 1.001; power += 1) values.push(10 ** power);
  const name = "datum.value >= 1e9 ? format(datum.value / 1e9, ',') + ' G' : datum.value >= 1e6 ? format(datum.value / 1e6, ',') + ' M' : format(datum.value, ',')";
  return {
    type: "quantitative",
    title,
    scale: { type: "log", domain: [zeros ? ZERO * 0.8 : least * 0.85, Math.max(10, most * 1.2)], nice: false },
    axis: { values: zeros ? [ZERO, ...values] : values, labelExpr: `datum.value < 1 ? '0' : ${name}`, grid: true },
  };
}

const placed = (count) => (count === 0 ? ZERO : count);

function rankChart() {
  const series = searchesOf(byId("rank-view").value);
  const values = series.flatMap(({ position, heading }) => {
    const { ranks: at, frequencies, never } = data.searches[position];
    const name = `${heading} (${counted(never)} never)`;
    return at.map((rank, row) => ({ rank, frequency: frequencies[row], series: name }));
  });
  const most = (field) => Math.max(1, ...values.map((value) => value[field]));
  return draw(byId("rank-chart"), "Frequency of concepts by rank, the most frequent first", 340, {
    data: { values },
    mark: { type: "line", strokeWidth: 1.8, point: { size: 12, opacity: 0.9 }, clip: true },
    encoding: {
      x: { field: "rank", ...decades("rank of the concept", 1, most("rank"), false) },
      y: { field: "frequency", ...decades("frequency: samples that hold the concept", 1, most("frequency"), false) },
      color: { field: "series", type: "nominal", sort: null },
      tooltip: [{ field: "series", title: "search" }, { field: "rank", format: "," }, { field: "frequency", format: "," }],
    },
  });
}

function pairChart() {
  const [x, y] = ["pair-x", "pair-y"].map((id) => Number(byId(id).value));
  const name = (search) => `${data.searches[search].corpus}, ${data.searches[search].label}`;
  const [across, along] = [x, y].map((search) => data.searches[search].counts);
  const values = data.concepts.flatMap((text, concept) => {
    const [one, other] = [across[concept], along[concept]];
    if (one === null || other === null || one < 0 || other < 0) return [];
    return [{ concept, name: text, x: placed(one), y: placed(other), first: one, second: other }];
  });
  const most = Math.max(1, ...values.flatMap((value) => [value.first, value.second]));
  byId("pair-told").textContent = pairTold(values);
  const title = (search) => `samples: ${name(search)}`;
  return draw(byId("pair-chart"), `Frequencies of ${counted(values.length)} concepts: ${name(x)} against ${name(y)}`, 460, {
    layer: [
      {
        data: { values: [{ x: ZERO, y: ZERO }, { x: most, y: most }] },
        mark: { type: "line", strokeDash: [4, 4], strokeWidth: 1, color: colour("muted") },
        encoding: { x: { field: "x", type: "quantitative" }, y: { field: "y", type: "quantitative" } },
      },
      {
        data: { values },
        mark: { type: "circle", size: values.length > 600 ? 22 : 44, opacity: values.length > 600 ? 0.4 : 0.65, color: colour("dot"), cursor: "pointer" },
        encoding: {
          x: { field: "x", ...decades(title(x), 1, most, true) },
          y: { field: "y", ...decades(title(y), 1, most, true) },
          tooltip: [
            { field: "name", title: "concept" },
            { field: "first", title: name(x), format: "," },
            { field: "second", title: name(y), format: "," },
          ],
        },
      },
    ],
  });
}

function pairTold(values) {
  const count = (test) => counted(values.filter(test).length);
  const held = data.ranked === data.concepts.length ? "" : "Of those that this page holds: ";
  return (
    `${held}${counted(values.length)} concepts: both find ${count((one) => one.first && one.second)}, only the first ` +
    `${count((one) => one.first && !one.second)}, only the second ${count((one) => !one.first && one.second)}, ` +
    `neither ${count((one) => !one.first && !one.second)}.`
  );
}
