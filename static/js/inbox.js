// The inbox: texts go in at the caret, j and k step from row to row, and nothing typed is lost with the page.
// Everything here has a way without scripts: the buttons then send the form, and the page comes back with the text.
const composer = document.querySelector("form.composer");
const field = composer?.elements.body;
let kept = field?.value;
field?.setSelectionRange(kept.length, kept.length);

// Into the reply, at the caret
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=insert]");
  if (!button || !field) return;
  event.preventDefault();
  const before = field.value.slice(0, field.selectionStart);
  const gap = before && !before.endsWith("\n") ? "\n\n" : "";
  const after = field.value.slice(field.selectionEnd).trim() ? "\n\n" : "";
  field.setRangeText(gap + button.value + after, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  button.closest("details")?.removeAttribute("open");
  field.focus();
});

// Next and previous: the row after the one that has the focus, or after the conversation that is open
document.addEventListener("click", (event) => {
  const step = Number(event.target.closest("[data-step]")?.dataset.step);
  if (!step) return;
  const rows = [...document.querySelectorAll(".inbox__rows .list__row")].filter((row) => row.getClientRects().length);
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const from = at >= 0 ? at : rows.findIndex((row) => row.hasAttribute("aria-current"));
  rows[Math.min(Math.max(from + step, 0), rows.length - 1)]?.querySelector(".row-link").focus();
});

// Escape leaves the reply, so that single keys work again
field?.addEventListener("keydown", (event) => {
  if (event.key === "Escape") field.blur();
});

// Typed within the last moment before the page went away
composer?.addEventListener("submit", () => { kept = field.value; });
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "hidden" || !field || field.value === kept) return;
  kept = field.value;
  fetch(composer.dataset.draft, { method: "POST", body: new FormData(composer), keepalive: true });
});
