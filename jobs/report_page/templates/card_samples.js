// What the card shows of single samples: concepts that occur with its own, and a strip of drawn samples.
function showCompanions(concept) {
  const found = data.companions.filter(({ concepts }) => concepts[concept]?.length);
  byId("card-together").hidden = !found.length;
  byId("card-companions").replaceChildren(...found.flatMap(({ search, concepts }) => [element("dt", search), companionList(concepts[concept])]));
}

function companionList(rows) {
  const list = element("dd");
  rows.forEach(([other, samples, npmi], place) => {
    const opens = element("button", data.concepts[other], { type: "button", class: "concept", dir: "auto" });
    opens.addEventListener("click", () => openCard(other));
    list.append(place ? ", " : "", opens, ` ${counted(samples)} (${npmi.toFixed(2)})`);
  });
  return list;
}

function showSamples(concept) {
  const { told, samples, concepts } = data.strips;
  const places = concepts[concept] ?? [];
  byId("card-sampled").hidden = !places.length;
  byId("card-samples").replaceChildren(...places.map((place, number) => sampleItem(samples[place], number + 1)));
  byId("card-samples-told").textContent = told;
}

function sampleItem({ place, caption, src, reason }, number) {
  const item = element("li");
  const picture = src
    ? element("img", undefined, { src, alt: `sample ${number}`, title: place })
    : element("span", `The image is not here: ${reason}`, { class: "absent", title: place });
  item.append(picture, element("bdi", caption ?? "(no caption)"));
  return item;
}
