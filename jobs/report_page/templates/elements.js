"use strict";
// What all scripts share: elements of the page and how they are made.
const byId = (id) => document.getElementById(id);
const counted = (value) => value.toLocaleString("en-US");
const decimals = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** Text as HTML that shows it, for the places where DataTables takes HTML. */
function escaped(text) {
  return element("i", text).innerHTML;
}

/** A select with its label; `options`: [value, text] pairs, or [heading, pairs] for a group. */
function fill(select, options) {
  select.replaceChildren(
    ...options.map(([value, text]) => {
      if (!Array.isArray(text)) return element("option", text, { value });
      const group = element("optgroup", undefined, { label: value });
      group.append(...text.map(([inner, shown]) => element("option", shown, { value: inner })));
      return group;
    }),
  );
}
