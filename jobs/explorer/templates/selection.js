// The samples that somebody has chosen: kept in this tab from page to page, and saved by a form.
const CHOSEN = "conceptfreq-chosen";
const chosen = new Set(readChosen());

function readChosen() {
  try {
    return JSON.parse(sessionStorage.getItem(CHOSEN) ?? "[]");
  } catch {
    return [];
  }
}

function keepChosen() {
  try {
    sessionStorage.setItem(CHOSEN, JSON.stringify([...chosen]));
  } catch {
    // The choice then ends with the page.
  }
  showTray();
}

function showTray() {
  byId("tray").hidden = chosen.size === 0;
  byId("tray-count").textContent = counted(chosen.size);
}

function tickChosen(within) {
  for (const box of within.querySelectorAll('input[name="key"]')) box.checked = chosen.has(box.value);
}

document.addEventListener("change", ({ target }) => {
  if (target.name !== "key") return;
  if (target.checked) chosen.add(target.value);
  else chosen.delete(target.value);
  keepChosen();
});
byId("tray-form").addEventListener("submit", () => {
  byId("tray-keys").replaceChildren(...[...chosen].map((value) => element("input", undefined, { type: "hidden", name: "key", value })));
});
byId("tray-clear").addEventListener("click", () => {
  chosen.clear();
  tickChosen(document);
  keepChosen();
});
