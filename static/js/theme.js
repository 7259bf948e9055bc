// Runs in <head>, before anything is drawn: the remembered theme, and "js" for what needs scripts.
(() => {
  const root = document.documentElement;
  const remembered = () => {
    try { return localStorage.getItem("theme") || "auto"; } catch { return "auto"; }
  };
  const show = (theme) => {
    root.dataset.bsTheme = theme;
    for (const button of document.querySelectorAll("[data-theme]")) {
      button.setAttribute("aria-pressed", String(button.dataset.theme === theme));
    }
  };
  root.classList.add("js");
  show(remembered());
  document.addEventListener("DOMContentLoaded", () => show(remembered()));
  addEventListener("storage", (event) => { if (event.key === "theme") show(remembered()); });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme]");
    if (!button) return;
    try { localStorage.setItem("theme", button.dataset.theme); } catch { /* private windows: for this page only */ }
    show(button.dataset.theme);
  });
})();
