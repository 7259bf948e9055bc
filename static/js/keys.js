// Keyboard: a link, button or field with data-key="n" acts on that key while nobody is typing; "?" lists them all.
// data-key="g i" is a sequence. Single keys can be turned off in that list; the choice is remembered.
const off = () => {
  try { return localStorage.getItem("keys") === "off"; } catch { return false; }
};
const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
const shown = (element) => element.getClientRects().length > 0;
const find = (key) => [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(shown);
let before = "";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "?") return document.getElementById("shortcuts")?.showModal();
  if (off() || document.querySelector("dialog[open]")) return;
  const element = find(`${before} ${event.key}`.trim()) || find(event.key);
  before = event.key === "g" ? "g" : "";
  if (!element) return;
  event.preventDefault();
  if (element.matches("input, textarea, select")) {
    element.focus();
    element.select?.();
  } else {
    element.click();
  }
});

const list = document.querySelector("#shortcuts dl");
const known = new Set();
for (const element of document.querySelectorAll("[data-key]")) {
  const { key } = element.dataset;
  if (!list || known.has(key)) continue;
  known.add(key);
  const dt = list.appendChild(document.createElement("dt"));
  const dd = list.appendChild(document.createElement("dd"));
  for (const part of key.split(" ")) {
    dt.append(Object.assign(document.createElement("kbd"), { textContent: part }), " ");
  }
  const words = element.querySelector(".nav__label") || element;
  dd.textContent = element.dataset.keyLabel || element.getAttribute("aria-label") || words.textContent.trim();
}

const toggle = document.querySelector("#shortcuts input[type=checkbox]");
if (toggle) {
  toggle.checked = !off();
  toggle.addEventListener("change", () => {
    try { localStorage.setItem("keys", toggle.checked ? "on" : "off"); } catch { /* private windows */ }
  });
}
