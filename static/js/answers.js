// A form that saves itself: a few seconds after the last change, and when a field is left. Files go with the buttons.
const form = document.querySelector("form[data-autosave]");
const told = form.querySelector("[data-saved]");
let timer, changed = false, saving = false, stopped = false;

function later(wait) {
  clearTimeout(timer);
  timer = setTimeout(save, wait);
}

async function save() {
  if (!changed || saving || stopped) return;
  saving = true;
  changed = false;
  const data = new FormData(form);
  for (const field of form.querySelectorAll("input[type=file]")) data.delete(field.name);
  data.set("auto", "1");
  try {
    const answer = await fetch(location.href, { method: "POST", body: data, headers: { Accept: "application/json" } });
    if (answer.ok) {
      form.elements.rev.value = (await answer.json()).rev;
      told.textContent = "Saved on the way.";
    } else {
      stopped = true;
      told.textContent = answer.status === 409
        ? "This form was changed on another device. Press a button below to see both."
        : "Not saved by itself just now. The buttons below save it.";
    }
  } catch {
    changed = true;
    told.textContent = "No connection just now. What you typed is still here.";
    later(15000);
  }
  saving = false;
}

form.addEventListener("input", () => { changed = true; told.textContent = ""; later(4000); });
form.addEventListener("change", () => { changed = true; later(600); });
form.addEventListener("submit", () => { stopped = true; clearTimeout(timer); });
addEventListener("pageshow", () => { stopped = false; });
