// The calendar: j and k walk through the visits, the chosen one is marked, and the day opens at the present.
// Without this the links lead to the same page with the visit beside it.
const links = () => [...document.querySelectorAll(".visit > a")].filter((link) => link.getClientRects().length);
const panel = document.getElementById("panel");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !["j", "k"].includes(event.key)) return;
  if (event.target.closest("input, textarea, select") || document.querySelector("dialog[open]")) return;
  try { if (localStorage.getItem("keys") === "off") return; } catch { /* private windows */ }
  const all = links();
  const at = all.indexOf(document.activeElement.closest?.(".visit > a") || chosen());
  const next = event.key === "j" ? at + 1 : at < 0 ? all.length - 1 : at - 1;
  const link = all[at < 0 && event.key === "j" ? firstToCome(all) : next];
  if (!link) return;
  event.preventDefault();
  link.focus({ focusVisible: true });
  link.scrollIntoView({ block: "nearest", inline: "nearest" });
});

function chosen() {
  return document.querySelector(".visit[aria-current] > a");
}

// The first visit that is neither over nor called off; the first of all on other days.
function firstToCome(all) {
  const found = all.findIndex((link) => !link.closest(".is-completed, .is-no_show"));
  return Math.max(found, 0);
}

function mark() {
  const pk = panel?.querySelector("[data-visit]")?.dataset.visit;
  for (const visit of document.querySelectorAll(".visit[aria-current]")) visit.removeAttribute("aria-current");
  if (pk) document.getElementById(`v${pk}`)?.closest(".visit").setAttribute("aria-current", "true");
}

document.addEventListener("htmx:afterSettle", mark);

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
  const close = event.target.closest("[data-close-panel]");
  if (!close) return;
  event.preventDefault();
  history.replaceState(null, "", close.href);
  const link = chosen();
  panel.replaceChildren();
  mark();
  link?.focus();
});

// The picture scrolls by itself: what is now stands in the upper half.
const picture = document.querySelector(".diary");
const now = picture?.querySelector(".diary__now");
if (now?.getClientRects().length) picture.scrollTop = now.offsetTop - picture.clientHeight / 3;
