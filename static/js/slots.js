// A free time fills in the booking form beside it, so that nothing that was typed is lost; without scripts it is a link.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-fills] a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.dataset.startsAt) {
    event.preventDefault();
    for (const [id, value] of [["id_staff", link.dataset.staff], ["id_starts_at", link.dataset.startsAt]]) {
      const field = document.getElementById(id);
      field.value = value;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    for (const other of link.closest("[data-fills]").querySelectorAll("[aria-current]")) other.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
  } else if (link.dataset.later) {
    event.preventDefault();
    const day = document.getElementById("free_day");
    day.value = link.dataset.later;
    day.dispatchEvent(new Event("change", { bubbles: true }));
  }
});
