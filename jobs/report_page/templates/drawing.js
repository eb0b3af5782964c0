// How a chart is drawn: by Vega-Lite from a specification, in the page's colours. A click on a concept's dot opens it.
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
