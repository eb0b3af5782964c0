// Light or dark: as the system says, until the reader chooses. Charts are drawn again in the other colours.
const theme = byId("theme");
const systemTheme = matchMedia("(prefers-color-scheme: dark)");
const themeListeners = [];

/** A colour of the style sheet as a browser computes it: charts know no variables. */
function colour(name) {
  const probe = document.body.appendChild(element("i"));
  probe.style.color = `var(--${name})`;
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function useTheme(chosen) {
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  for (const listener of themeListeners) listener();
}

// A page from a file may have no storage.
try {
  theme.value = localStorage.getItem("conceptfreq-theme") ?? "system";
} catch {
  theme.value = "system";
}
useTheme(theme.value);
theme.addEventListener("change", () => {
  useTheme(theme.value);
  try {
    localStorage.setItem("conceptfreq-theme", theme.value);
  } catch {
    // The choice then holds until the page is closed.
  }
});
systemTheme.addEventListener("change", () => theme.value === "system" && useTheme("system"));
