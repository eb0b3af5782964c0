// The charts of counts, as specifications for Vega-Lite.
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
