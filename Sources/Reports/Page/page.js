// What is shown, and how it is steered.

const volumes = {};
let colours;
let views = [];
const state = { cursor: [0, 0, 0], divider: 50, overlay: false, threshold: 0, opacity: 0.7, black: 0, white: 1, smooth: false, direction: "across", active: null };
const byId = id => document.getElementById(id);
let isDue = false;

function refresh() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    for (const view of views) view.draw();
    drawProfile();
    drawHistogram();
    drawConsistency();
    showReadout();
    showControls();
  });
}

function moveTo(v, view) {
  state.cursor = v;
  if (view) state.active = view;
  refresh();
}

function world(v) {
  return report.affine.map(row => row[0] * v[0] + row[1] * v[1] + row[2] * v[2] + row[3]);
}

function showReadout() {
  const v = state.cursor;
  byId("at-voxel").textContent = `${v[0]}, ${v[1]}, ${v[2]} (from 0)`;
  byId("at-world").textContent = world(v).map((c, n) => `${"xyz"[n]} ${c.toFixed(2)}`).join(", ") + " mm (RAS+)";
  byId("at-bicubic").textContent = volumes.bicubic ? volumes.bicubic.text(v) : "—";
  byId("at-estimate").textContent = volumes.estimate.text(v);
  byId("at-sigma").textContent = volumes.sigma ? volumes.sigma.text(v) : "—";
}

function showControls() {
  byId("divider").value = state.divider;
  for (const button of document.querySelectorAll("[data-divider]")) button.setAttribute("aria-pressed", Number(button.dataset.divider) === state.divider);
  byId("overlay").checked = state.overlay;
  byId("threshold").value = Math.round((255 * state.threshold) / report.sigmaTop) || 0;
  byId("threshold-value").textContent = volumes.sigma ? format(state.threshold, volumes.sigma.step) + unitText() : "";
  byId("opacity").value = state.opacity * 100;
  for (const name of ["black", "white"]) {
    byId(name).value = (1000 * (state[name] - report.window[0])) / (report.window[1] - report.window[0]);
    byId(name + "-value").textContent = format(state[name], volumes.estimate.step) + unitText();
  }
  byId("smooth").checked = state.smooth;
}

function setWindow(name, value) {
  const gap = (report.window[1] - report.window[0]) / 1000;
  state[name] = name === "black" ? Math.min(value, state.white - gap) : Math.max(value, state.black + gap);
  refresh();
}

function setTheme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  refresh();
}

const keys = {
  b: () => { state.divider = 100; }, s: () => { state.divider = 50; }, r: () => { state.divider = 0; },
  ",": () => { state.divider = Math.max(0, state.divider - 5); }, ".": () => { state.divider = Math.min(100, state.divider + 5); },
  u: () => { state.overlay = !state.overlay && Boolean(volumes.sigma); },
  "-": () => { state.threshold = Math.max(0, state.threshold - report.sigmaTop / 51); },
  "+": () => { state.threshold = Math.min(report.sigmaTop, state.threshold + report.sigmaTop / 51); },
  0: () => { [state.black, state.white] = report.display; },
  t: setTheme,
  1: () => views[0].canvas.focus(), 2: () => views[1].canvas.focus(), 3: () => views[2].canvas.focus(),
};

function listen() {
  for (const view of views) view.listen();
  byId("divider").addEventListener("input", event => { state.divider = Number(event.target.value); refresh(); });
  byId("comparison").addEventListener("click", event => {
    if (event.target.dataset.divider) { state.divider = Number(event.target.dataset.divider); refresh(); }
  });
  byId("overlay").addEventListener("change", event => { state.overlay = event.target.checked; refresh(); });
  byId("threshold").addEventListener("input", event => { state.threshold = (Number(event.target.value) / 255) * report.sigmaTop; refresh(); });
  byId("opacity").addEventListener("input", event => { state.opacity = Number(event.target.value) / 100; refresh(); });
  for (const name of ["black", "white"]) {
    byId(name).addEventListener("input", event => {
      setWindow(name, report.window[0] + (Number(event.target.value) / 1000) * (report.window[1] - report.window[0]));
    });
  }
  byId("reset").addEventListener("click", () => { keys[0](); refresh(); });
  byId("smooth").addEventListener("change", event => { state.smooth = event.target.checked; refresh(); });
  byId("direction").addEventListener("change", event => { state.direction = event.target.value; refresh(); });
  byId("theme").addEventListener("click", setTheme);
  byId("consistency").addEventListener("click", event => {
    const share = (event.offsetX - 58) / (event.target.clientWidth - 68);
    const v = state.cursor.slice();
    v[report.sliceAxis] = clamped(Math.round(share * (report.consistency.length - 1)), volumes.estimate.size[report.sliceAxis]);
    moveTo(v);
  });
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.tagName === "SELECT") return;
    const act = keys[event.key.toLowerCase()];
    if (!act) return;
    act();
    event.preventDefault();
    refresh();
  });
  window.addEventListener("resize", refresh);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refresh);
}

// Six digits are more than anybody reads; the sidecar has them all.
function plain(value) { return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value; }

// Objects become tables, nested ones sections. Text only: nothing of a file is ever markup here.
function facts(container, object) {
  const table = document.createElement("table");
  const nested = [];
  for (const [name, value] of Object.entries(object)) {
    const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
    if (isObject) { nested.push([name, value]); continue; }
    const row = table.insertRow();
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = name;
    row.append(head);
    const text = Array.isArray(value) ? (value.length > 12 ? `${value.length} values` : value.map(v => (typeof v === "object" ? JSON.stringify(v) : plain(v))).join(", ") || "none") : String(plain(value));
    row.insertCell().textContent = text;
  }
  if (table.rows.length) container.append(table);
  for (const [name, value] of nested) {
    const section = document.createElement("section");
    const title = document.createElement("h3");
    title.textContent = name;
    section.append(title);
    facts(section, value);
    container.append(section);
  }
}

function showTexts() {
  byId("subtitle").textContent = report.subtitle;
  byId("tool").textContent = report.tool;
  if (report.warnings.length) {
    for (const text of report.warnings) byId("warnings").append(Object.assign(document.createElement("li"), { textContent: text }));
    byId("warnings").hidden = false;
  }
  facts(byId("record"), report.record);
  if (Object.keys(report.card).length) facts(byId("card"), report.card);
  else byId("card").textContent = report.cardMissing;
  for (const [id, text] of [["no-input", report.inputMissing], ["no-sigma", report.sigmaMissing]]) {
    if (text) { byId(id).textContent = text; byId(id).hidden = false; }
  }
  for (const id of ["sigma-hint", "band-key"]) byId(id).hidden = !volumes.sigma;
  byId("consistency-figure").hidden = !report.consistency;
  byId("consistency-text").textContent = report.consistencyText;
  byId("sigma-top").textContent = volumes.sigma ? format(report.sigmaTop, volumes.sigma.step) + unitText() : "";
  const { estimate, sigma } = volumes;
  byId("precision").textContent = `Numbers here are rounded to steps of ${Number(estimate.step.toPrecision(4))}${unitText()}`
    + (sigma ? `, of σ to ${Number(sigma.step.toPrecision(4))}` : "")
    + (volumes.bicubic ? `; bicubic is within ${Number(volumes.bicubic.precision.toPrecision(4))}` : "") + ". The volumes themselves are exact.";
}

function drawSigmaBar() {
  const context = byId("sigma-bar").getContext("2d");
  for (let x = 0; x < 240; x++) {
    const entry = 3 * Math.round((255 * x) / 239);
    context.fillStyle = `rgb(${colours[entry]}, ${colours[entry + 1]}, ${colours[entry + 2]})`;
    context.fillRect(x, 0, 1, 12);
  }
}

async function start() {
  if (typeof DecompressionStream === "undefined") {
    byId("status").textContent = "This browser cannot unpack the volumes: it needs DecompressionStream (Chromium 80, Safari 16.4, Firefox 113 or newer).";
    return;
  }
  colours = Uint8Array.from(atob(report.colours), c => c.charCodeAt(0));
  volumes.estimate = await Volume.load("estimate");
  volumes.sigma = await Volume.load("sigma");
  volumes.input = await Volume.load("input");
  volumes.bicubic = volumes.input ? new Enlargement(volumes.input) : null;
  views = report.views.map((about, n) => new View(about, n + 1));
  for (const view of views) byId("views").append(view.figure);
  state.cursor = report.start.slice();
  state.active = views.find(view => view.axis === report.sliceAxis);
  [state.black, state.white] = report.display;
  state.threshold = report.sigmaTop / 4;
  if (!volumes.bicubic) state.divider = 0;
  for (const id of ["divider"]) byId(id).disabled = !volumes.bicubic;
  for (const id of ["overlay", "threshold", "opacity"]) byId(id).disabled = !volumes.sigma;
  showTexts();
  drawSigmaBar();
  listen();
  byId("status").remove();
  refresh();
  requestAnimationFrame(() => requestAnimationFrame(() => { document.body.dataset.ready = "yes"; }));
}

window.addEventListener("unhandledrejection", event => { byId("status") && (byId("status").textContent = `The volumes could not be unpacked: ${event.reason}`); });
start();
