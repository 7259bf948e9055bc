// Menus are <details data-menu> and work alone; here they close on Escape, on a click elsewhere and beside each other.
// Also: flash messages that can be closed, and buttons that open a <dialog> (data-dialog="id").
const openMenus = () => document.querySelectorAll("details[data-menu][open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  event.target.closest("[data-dismiss]")?.closest(".flash")?.remove();
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
  if (event.target.matches("dialog.dialog")) event.target.close();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
