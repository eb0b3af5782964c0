"use strict";
// What the scripts of every page share: elements by id, new ones with text, and numbers as they are shown.
const byId = (id) => document.getElementById(id);
const counted = (value) => value.toLocaleString("en-US");

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
