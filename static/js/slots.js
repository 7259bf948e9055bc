// A free time fills in the booking form at once; without scripts its button sends the form, which comes back filled in.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fills] [data-starts-at], [data-fills] [data-later]");
  if (!button) return;
  event.preventDefault();
  if (button.dataset.later) return fill("free_day", button.dataset.later);
  fill("id_staff", button.dataset.staff);
  fill("id_starts_at", button.dataset.startsAt);
  mark();
});

// Why not another time opens beside the form, with what stands in it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-why]");
  if (!link) return;
  const url = new URL(link.href);
  for (const [name, id] of [["staff", "id_staff"], ["at", "id_starts_at"]]) {
    const value = document.getElementById(id)?.value;
    if (value) url.searchParams.set(name, value);
  }
  link.href = url;
});

function fill(id, value) {
  const field = document.getElementById(id);
  field.value = value;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

// The time that stands in the form stands out among those that are offered, however it came there.
function mark() {
  const [staff, start] = ["id_staff", "id_starts_at"].map((id) => document.getElementById(id)?.value);
  for (const button of document.querySelectorAll("[data-fills] [data-starts-at]")) {
    const isChosen = button.dataset.startsAt === start && button.dataset.staff === staff;
    if (isChosen) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

document.addEventListener("change", (event) => event.target.matches("#id_staff, #id_starts_at") && mark());
document.addEventListener("htmx:afterSettle", mark);

// Once somebody is picked, the service is next.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.querySelector?.(".who__chosen .person")) document.querySelector("[name=service]")?.focus();
});
mark();
