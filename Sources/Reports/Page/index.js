// Sorting and finding; all that is shown stands in the page already.

const byId = id => document.getElementById(id);
const body = document.querySelector("#jobs tbody");
const rows = [...body.rows];
const heads = [...document.querySelectorAll("#jobs thead th")];

function compare(a, b, kind) {
  return kind === "number" ? Number(a) - Number(b) : a.localeCompare(b, undefined, { numeric: true, sensitivity: "base" });
}

function sortBy(column, direction) {
  const kind = heads[column].querySelector("button").dataset.kind;
  const value = row => row.cells[column].dataset.value;
  // What has no value comes last in either direction; equals stay in the order of their names.
  rows.sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
    return direction * compare(x, y, kind) || compare(a.cells[1].dataset.value, b.cells[1].dataset.value, "text");
  });
  body.append(...rows);
  heads.forEach((head, n) => {
    if (head.hasAttribute("aria-sort")) head.setAttribute("aria-sort", n !== column ? "none" : direction > 0 ? "ascending" : "descending");
  });
  tell(`sorted by ${heads[column].innerText.trim()}, ${direction > 0 ? "ascending" : "descending"}`);
}

function tell(how) {
  const shown = rows.filter(row => !row.hidden).length;
  byId("status").textContent = `${shown} of ${rows.length} shown${how ? ", " + how : ""}`;
}

function filter() {
  const text = byId("find").value.trim().toLowerCase();
  const state = byId("state").value;
  for (const row of rows) {
    row.hidden = !(row.cells[1].textContent.toLowerCase().includes(text) && (!state || row.dataset.state === state));
  }
  tell();
}

function setTheme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
}

heads.forEach((head, column) => {
  const button = head.querySelector("button");
  if (button) button.addEventListener("click", () => sortBy(column, head.getAttribute("aria-sort") === "ascending" ? -1 : 1));
});
byId("find").addEventListener("input", filter);
byId("state").addEventListener("change", filter);
byId("theme").addEventListener("click", setTheme);
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.altKey || event.metaKey || ["INPUT", "SELECT"].includes(event.target.tagName)) return;
  if (event.key === "/") { byId("find").focus(); event.preventDefault(); }
  if (event.key.toLowerCase() === "t") setTheme();
});
sortBy(1, 1);
document.body.dataset.ready = "yes";
