// The card of a concept: what every search has found, how that falls with the threshold, and where it stands on the law.
const card = byId("card");

function openCard(concept) {
  byId("card-name").textContent = data.concepts[concept];
  byId("card-counts").replaceChildren(...data.searches.map((_, search) => countRow(search, concept)));
  showParts(concept);
  showCompanions(concept);
  showSamples(concept);
  const flags = flagsOf.get(concept) ?? [];
  byId("card-flags").replaceChildren(...flags.map((flag) => flagItem(flag)));
  byId("card-flagged").hidden = !flags.length;
  const rows = scoreRows(concept);
  byId("card-scores").replaceChildren(...rows);
  byId("card-scored").hidden = !rows.length;
  if (!card.open) card.showModal();
  card.scrollTop = 0;
  return thresholdChart(concept);
}

function countRow(search, concept) {
  const { corpus, label, counts } = data.searches[search];
  const row = element("tr");
  const shown = element("td", frequency(search, concept), { class: "n" });
  if (counts[concept] === null) shown.append(element("small", reason(search, concept)));
  const rank = rankOf(search)[concept];
  row.append(element("td", corpus), element("td", label), shown, element("td", rankText(search, concept, rank), { class: "n" }));
  return row;
}

function rankText(search, concept, rank) {
  const count = data.searches[search].counts[concept];
  if (count === null || count < 0) return "–";
  return rank === null ? `> ${counted(data.ranked)}` : counted(rank);
}

function flagItem({ search, kind, why }) {
  const item = element("li");
  const where = search < 0 ? "" : `${data.searches[search].corpus}, ${data.searches[search].label}: `;
  item.append(element("strong", `${data.kinds[kind]}. `), `${where}${why}`);
  return item;
}

/** One row for each model, prompt and set, against the line of the first fit that has these scores. */
function scoreRows(concept) {
  return data.scores.flatMap((block, place) => {
    const fit = data.laws.find((one) => one.scores === place);
    const count = fit && data.searches[fit.search].counts[concept];
    if (!fit || count === null || count < 0) return [];
    const line = expected(fit, count);
    return block.concepts.flatMap((other, row) => (other === concept ? [scoreRow(fit, block, row, line)] : []));
  });
}

function scoreRow(fit, block, row, line) {
  const shown = (value) => (fit.share ? `${(100 * value).toFixed(1)} %` : decimals(value));
  const cut = (value) => (fit.share ? Math.min(1, Math.max(0, value)) : value);
  const range = fit.reach === null ? "" : `${shown(cut(line - fit.reach))} to ${shown(cut(line + fit.reach))}`;
  const made = element("tr");
  const expectation = element("td", shown(line), { class: "n" });
  if (range) expectation.append(element("small", range));
  const { corpus, label } = data.searches[fit.search];
  const named = element("td", `${fit.model}, ${fit.prompt}`);
  named.append(element("small", `${data.sets[block.sets[row]]}; ${corpus}, ${label}`));
  made.append(named, element("td", shown(block.scores[row]), { class: "n" }), expectation);
  return made;
}

const rankCache = new Map();
function rankOf(search) {
  if (!rankCache.has(search)) rankCache.set(search, ranks(search));
  return rankCache.get(search);
}

async function thresholdChart(concept) {
  const values = data.searches.flatMap(({ corpus, search, threshold, counts }) =>
    threshold === null || counts[concept] === null || counts[concept] < 0
      ? []
      : [{ threshold, count: counts[concept], placed: placed(counts[concept]), series: `${corpus}, ${search}` }],
  );
  const several = new Set(values.map((value) => value.threshold)).size > 1;
  byId("card-thresholds").hidden = !several;
  if (!several) return;
  const most = Math.max(1, ...values.map((value) => value.count));
  await draw(byId("card-chart"), "Frequency of the concept by threshold", 200, {
    data: { values },
    mark: { type: "line", point: { size: 40 }, strokeWidth: 2 },
    encoding: {
      x: { field: "threshold", type: "quantitative", scale: { zero: false }, axis: { values: [...new Set(values.map((value) => value.threshold))], format: "~g" } },
      y: { field: "placed", ...decades("samples", 1, most, values.some((value) => value.count === 0)) },
      color: { field: "series", type: "nominal", sort: null },
      tooltip: [{ field: "series", title: "search" }, { field: "threshold" }, { field: "count", title: "samples", format: "," }],
    },
  });
}

byId("card-close").addEventListener("click", () => card.close());
// A click on the backdrop is one on the dialog itself.
card.addEventListener("click", (event) => event.target === card && card.close());
