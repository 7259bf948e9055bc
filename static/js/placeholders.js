// A press on a placeholder puts it where the cursor was in a text of the same form.
const texts = "input[type=text], textarea";
let last;

document.addEventListener("focusin", (event) => {
  const form = event.target.form;
  if (event.target.matches(texts) && form?.querySelector("[data-placeholders]")) last = event.target;
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  const form = button.closest("form");
  const field = last?.form === form ? last : form.querySelector("textarea");
  field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
