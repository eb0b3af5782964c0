// The charts of the explorer. Vega-Lite comes when the first chart does.
let library;
let law;

function withLibrary() {
  library ??= new Promise((resolve, reject) => {
    const script = element("script", undefined, { src: "/assets/charts.js" });
    script.addEventListener("load", resolve);
    script.addEventListener("error", reject);
    document.head.append(script);
  });
  return library;
}

/** Where a click on a concept's dot leads. */
function openCard(name) {
  location.href = `/concept?${new URLSearchParams({ name })}`;
}

async function beginChart(box) {
  try {
    await withLibrary();
  } catch {
    box.replaceWith(element("p", "Charts need the package vl-convert-python on the explorer's machine.", { class: "muted" }));
    return;
  }
  const numbers = JSON.parse(box.dataset.numbers);
  await lawOf(box, numbers);
  box.dataset.drawn = "true";
  themeListeners.push(() => box.isConnected && lawOf(box, numbers));
}

/** The law with its concepts; the one in question stands out. */
function lawOf(box, { law: shown, dots, name, frequency }) {
  law = shown;
  const place = (count) => Math.max(count, law.least);
  const values = dots.map(([concept, set, count, score]) => ({ concept, set, count, score, x: place(count) }));
  const zeros = frequency < law.least || values.some((dot) => dot.count < law.least);
  const [x, y] = lawAxes(values, Math.max(10 ** law.ends[1], frequency), zeros);
  const own = values.filter((dot) => dot.concept === name);
  const accent = colour("accent");
  return draw(box, `${law.title}: ${law.metric} against frequency. ${law.verdict}`, 380, {
    layer: [
      ...lineLayers(x, y),
      {
        data: { values },
        mark: { type: "circle", size: values.length > 600 ? 20 : 42, opacity: 0.4, color: colour("dot"), cursor: "pointer" },
        encoding: {
          x, y,
          tooltip: [
            { field: "concept" }, { field: "set" },
            { field: "count", title: "samples", format: "," },
            { field: "score", title: law.metric, format: exactly() },
          ],
        },
      },
      ...binLayers(x, y),
      { data: { values: [{ x: place(frequency) }] }, mark: { type: "rule", strokeDash: [3, 3], strokeWidth: 1.4, color: accent, tooltip: null }, encoding: { x } },
      { data: { values: own }, mark: { type: "point", filled: true, size: 130, color: accent, stroke: colour("paper"), strokeWidth: 1.5, opacity: 1 }, encoding: { x, y, tooltip: [{ field: "concept" }, { field: "set" }, { field: "score", title: law.metric, format: exactly() }] } },
    ],
  });
}
