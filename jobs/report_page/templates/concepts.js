// The table of concepts, by DataTables: search, order and pages; the name of a concept opens its card.
const BARS = "▁▂▃▄▅▆▇█";
const FILTERS = {
  all: () => true,
  flagged: (concept) => flagsOf.has(concept),
  never: (concept, search) => data.searches[search].counts[concept] === 0,
  unanswerable: (concept, search) => data.searches[search].counts[concept] === null,
  scored: (concept) => meansOf.some((means) => means.has(concept)),
};
let table;

/** The columns of a view: of the searches that differ by threshold only, the one with the highest. */
function columnsOf(view) {
  const every = searchesOf(view);
  if (view.startsWith("search")) return every;
  const highest = new Map();
  for (const one of every) {
    const { search, threshold } = data.searches[one.position];
    const known = highest.get(search);
    if (!known || threshold > data.searches[known.position].threshold) highest.set(search, one);
  }
  return [...highest.values()];
}

/** The searches of the view's corpus by threshold, lowest first: those of images, or else of any other search. */
function thresholdsOf(view) {
  if (!view.startsWith("corpus")) return [];
  const having = searchesOf(view).filter(({ position }) => data.searches[position].threshold !== null);
  const name = having.length ? data.searches[having[0].position].search : null;
  const of = having.map(({ position }) => position).filter((position) => data.searches[position].search === name);
  return of.length > 1 ? of.sort((one, other) => data.searches[one].threshold - data.searches[other].threshold) : [];
}

/** Frequencies by threshold as bars of text, each as a part of the largest; a frequency of 0 has the lowest bar. */
function spark(positions, concept) {
  const found = positions.map((position) => data.searches[position].counts[concept]);
  if (found.some((count) => count === null || count < 0)) return null;
  const most = Math.max(1, ...found);
  const bars = found.map((count) => BARS[Math.round(((BARS.length - 1) * count) / most)]).join("");
  const words = found.map((count, place) => `${data.searches[positions[place]].threshold}: ${counted(count)}`).join(", ");
  return { bars, words, last: found[found.length - 1] };
}

function numberColumn(heading, value, shown) {
  return {
    title: escaped(heading), className: "n", type: "num", searchable: false, orderSequence: ["desc", "asc"],
    data: value,
    render: (found, kind) => (kind === "display" ? escaped(found === null || found < 0 ? "–" : shown(found)) : found ?? -1),
  };
}

function columns(view) {
  const searches = columnsOf(view);
  const first = searches[0].position;
  const over = thresholdsOf(view);
  const law = data.laws.find((one) => one.search === first);
  const score = (value) => (law.share ? `${(100 * value).toFixed(1)} %` : decimals(value));
  const of = (position) => (concept) => data.searches[position].counts[concept];
  return [
    {
      title: "concept", type: "string", className: "name", data: (concept) => data.concepts[concept],
      render: (name, kind) => (kind === "display" ? escaped(name) : name),
      createdCell: (cell, name, concept) => {
        const button = element("button", name, { type: "button", class: "concept", dir: "auto" });
        button.addEventListener("click", () => openCard(concept));
        cell.replaceChildren(button);
      },
    },
    ...searches.map(({ position, heading }) => numberColumn(heading, of(position), counted)),
    ...(over.length ? [sparkColumn(over)] : []),
    numberColumn(searches.length > 1 ? `rank by ${searches[0].heading}` : "rank", (concept) => rankOf(first)[concept], counted),
    ...(law
      ? [
          numberColumn(law.metric, (concept) => meansOf[law.scores].get(concept) ?? null, score),
          numberColumn("expected", (concept) => (of(first)(concept) >= 0 && of(first)(concept) !== null ? expected(law, of(first)(concept)) : null), score),
        ]
      : []),
    ...(data.flags.length ? [flagColumn()] : []),
  ];
}

function sparkColumn(positions) {
  const of = data.searches[positions[0]].search;
  return {
    title: escaped(`${of} by threshold`), className: "spark", searchable: false, type: "num", orderSequence: ["desc", "asc"],
    data: (concept) => concept,
    render: (concept, kind) => {
      const found = spark(positions, concept);
      if (kind !== "display") return found ? found.last : -1;
      return found ? `<span role="img" aria-label="${found.words}" title="${found.words}">${found.bars}</span>` : "–";
    },
  };
}

function flagColumn() {
  const names = (concept) => [...new Set((flagsOf.get(concept) ?? []).map((flag) => flag.kind.replaceAll("_", " ")))].join(", ");
  return { title: "audit", className: "flags", type: "string", data: names, render: (found, kind) => (kind === "display" ? escaped(found) : found) };
}

function showTable() {
  const view = byId("table-view").value;
  const first = columnsOf(view)[0].position;
  const text = table?.search() ?? "";
  table?.destroy();
  byId("concepts-table").replaceChildren();
  table = new DataTable("#concepts-table", {
    data: data.concepts.map((_, concept) => concept),
    columns: columns(view), order: [[1, "desc"]], autoWidth: false, deferRender: true, pageLength: 25,
    lengthMenu: [25, 100, 500],
    search: { search: text },
    layout: { topStart: "search", topEnd: "pageLength", bottomStart: "info", bottomEnd: "paging" },
    language: { search: "Search", lengthMenu: "_MENU_ rows", info: "_START_ to _END_ of _TOTAL_ concepts", infoFiltered: "(of _MAX_)", infoEmpty: "No concept", zeroRecords: "No concept has these letters" },
  });
  table.search.fixed("kept", (_, concept) => FILTERS[byId("table-filter").value](concept, first)).draw();
  const law = data.laws.find((one) => one.search === first);
  byId("table-told").textContent = law ? `${law.metric}: the mean over sets, and what the line expects at the frequency; ${law.title}.` : "";
}
