// Everything is drawn once the page has been painted, the table first.
const drawings = [];

function start() {
  if (!data.searches.length || !data.concepts.length) return;
  byId("concepts-controls").hidden = false;
  for (const select of document.querySelectorAll("#table-view, #rank-view")) fill(select, VIEWS);
  byId("table-view").addEventListener("change", showTable);
  byId("table-filter").addEventListener("change", () => table.draw());
  showTable();
  if (byId("rank-chart")) chart(rankChart, "rank-view");
  if (byId("pair-chart")) startPairs();
  if (law) startLaw();
}

function startPairs() {
  const pairs = corpora.map((corpus) => [
    corpus,
    data.searches.flatMap((search, place) => (search.corpus === corpus ? [[String(place), `${corpus}, ${search.label}`]] : [])),
  ]);
  for (const id of ["pair-x", "pair-y"]) fill(byId(id), pairs);
  byId("pair-y").value = String(partner());
  chart(pairChart, "pair-x", "pair-y");
}

function startLaw() {
  for (const [id, part] of Object.entries(PARTS)) {
    fill(byId(id), [...new Set(data.laws.map(part))].map((value) => [value, value]));
    byId(id).addEventListener("change", () => chooseLaw(id));
  }
  byId("law-set").addEventListener("change", lawChart);
  drawings.push(showLaw);
}

/** The image search of the first corpus with the highest threshold, else another corpus, else the last search. */
function partner() {
  const places = data.searches.map((_, place) => place);
  const images = places.filter((place) => data.searches[place].search === "image" && data.searches[place].corpus === corpora[0]);
  const highest = images.reduce((best, place) => (best === undefined || data.searches[place].threshold > data.searches[best].threshold ? place : best), undefined);
  return highest ?? places.find((place) => data.searches[place].corpus !== corpora[0]) ?? places.length - 1;
}

function chart(drawing, ...selects) {
  for (const id of selects) byId(id).addEventListener("change", drawing);
  drawings.push(drawing);
}

async function drawAll() {
  for (const drawing of drawings) await drawing();
  document.documentElement.dataset.drawn = "true";
}

start();
await drawAll();
themeListeners.push(drawAll);
