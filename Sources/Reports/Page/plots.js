// Profile, histogram and consistency, each drawn on a canvas of its own.

function styled(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

// Round numbers between two ends.
function ticks(low, high, wanted) {
  const raw = (high - low) / wanted;
  if (!(raw > 0) || !Number.isFinite(raw)) return [low];
  const power = Math.pow(10, Math.floor(Math.log10(raw)));
  const step = [1, 2, 5, 10].map(m => m * power).find(s => s >= raw) ?? 10 * power;
  const first = Math.ceil(low / step - 1e-9);
  // Beyond 2^53 one more changes nothing: the count is what ends this.
  const all = Array.from({ length: 2 * wanted + 2 }, (_, n) => (first + n) * step).filter(value => value <= high + step * 1e-9);
  return [...new Set(all)];
}

// Two ends that can be told apart, also where all values are (nearly) the same.
function opened([low, high]) {
  const reach = Math.max(Math.abs(low), Math.abs(high));
  if (high - low > reach * 1e-12) return [low, high];
  return reach > 0 ? [low - reach * 0.01, high + reach * 0.01] : [-1, 1];
}

class Plot {
  constructor(canvas, xRange, yRange, options = {}) {
    const ratio = window.devicePixelRatio || 1;
    Object.assign(canvas, { width: Math.round(canvas.clientWidth * ratio), height: Math.round(canvas.clientHeight * ratio) });
    this.context = canvas.getContext("2d");
    this.context.scale(ratio, ratio);
    [this.left, this.top] = [58, 8];
    this.width = Math.max(10, canvas.clientWidth - this.left - 10);
    this.height = Math.max(10, canvas.clientHeight - this.top - 32);
    this.xRange = xRange;
    this.yRange = opened(yRange);
    this.axes(options);
  }

  x(value) { return this.left + ((value - this.xRange[0]) / (this.xRange[1] - this.xRange[0] || 1)) * this.width; }
  y(value) { return this.top + (1 - (value - this.yRange[0]) / (this.yRange[1] - this.yRange[0])) * this.height; }

  axes({ xLabel = "", yText = String }) {
    const c = this.context;
    c.font = "11px 'DejaVu Sans', sans-serif";
    c.fillStyle = styled("--soft");
    c.strokeStyle = styled("--line");
    c.lineWidth = 1;
    const text = value => (Math.abs(value) >= 1e5 || (value !== 0 && Math.abs(value) < 1e-3) ? value.toExponential(1) : String(Number(value.toPrecision(6))));
    c.textAlign = "right";
    c.textBaseline = "middle";
    for (const value of ticks(...this.yRange, 4)) {
      c.beginPath();
      c.moveTo(this.left, this.y(value));
      c.lineTo(this.left + this.width, this.y(value));
      c.stroke();
      c.fillText(yText(Number(text(value))), this.left - 5, this.y(value));
    }
    c.textAlign = "center";
    c.textBaseline = "top";
    for (const value of ticks(...this.xRange, 6)) c.fillText(text(value), this.x(value), this.top + this.height + 4);
    c.fillText(xLabel, this.left + this.width / 2, this.top + this.height + 18);
    c.beginPath();
    c.rect(this.left, this.top, this.width, this.height);
    c.clip();
  }

  line(xs, ys, colour, width = 1.5) {
    const c = this.context;
    c.strokeStyle = colour;
    c.lineWidth = width;
    c.beginPath();
    let isDown = false;
    c.fillStyle = colour;
    const isThere = n => n >= 0 && n < ys.length && !Number.isNaN(ys[n]);
    for (let n = 0; n < xs.length; n++) {
      if (Number.isNaN(ys[n])) { isDown = false; continue; }
      // A line of one point is none.
      if (!isThere(n - 1) && !isThere(n + 1)) c.fillRect(this.x(xs[n]) - 2.5, this.y(ys[n]) - 2.5, 5, 5);
      if (isDown) c.lineTo(this.x(xs[n]), this.y(ys[n])); else c.moveTo(this.x(xs[n]), this.y(ys[n]));
      isDown = true;
    }
    c.stroke();
  }

  band(xs, lows, highs, colour) {
    const c = this.context;
    c.fillStyle = colour;
    for (let n = 0; n + 1 < xs.length; n++) {
      if ([lows[n], highs[n], lows[n + 1], highs[n + 1]].some(Number.isNaN)) continue;
      c.beginPath();
      c.moveTo(this.x(xs[n]), this.y(lows[n]));
      c.lineTo(this.x(xs[n + 1]) + 0.4, this.y(lows[n + 1]));
      c.lineTo(this.x(xs[n + 1]) + 0.4, this.y(highs[n + 1]));
      c.lineTo(this.x(xs[n]), this.y(highs[n]));
      c.fill();
    }
  }

  mark(x) {
    const c = this.context;
    c.strokeStyle = styled("--ink");
    c.lineWidth = 1;
    c.setLineDash([4, 3]);
    c.beginPath();
    c.moveTo(this.x(x), this.top);
    c.lineTo(this.x(x), this.top + this.height);
    c.stroke();
    c.setLineDash([]);
  }
}

function drawProfile() {
  const view = state.active;
  const isAcross = state.direction === "across";
  const [column, row] = view.place(state.cursor);
  const count = isAcross ? view.width : view.height;
  const spacing = view.spacing[isAcross ? 0 : 1];
  const { estimate, bicubic, sigma } = view.pictures();
  const line = values => Array.from({ length: count }, (_, n) => values[isAcross ? row * view.width + n : n * view.width + column]);
  const xs = Array.from({ length: count }, (_, n) => n * spacing);
  const [middle, base, spread] = [line(estimate), bicubic && line(bicubic), sigma && line(sigma)];
  const lows = spread && middle.map((m, n) => m - 2 * spread[n]);
  const highs = spread && middle.map((m, n) => m + 2 * spread[n]);
  const all = [middle, base, lows, highs].filter(Boolean).flat().filter(Number.isFinite);
  const range = all.length ? [Math.min(...all), Math.max(...all)] : [0, 1];
  const plot = new Plot(document.getElementById("profile"), [0, (count - 1) * spacing], range, { xLabel: `mm; values: ${report.unit || "signal, no unit"}` });
  if (spread) plot.band(xs, lows, highs, styled("--band"));
  if (base) plot.line(xs, base, styled("--second"), 1.2);
  plot.line(xs, middle, styled("--accent"));
  plot.mark((isAcross ? column : row) * spacing);
  document.getElementById("profile-plane").textContent = view.name;
}

const bins = 160;

function counted(volume) {
  const counts = new Float64Array(bins);
  const [low, high] = report.window;
  for (let p = 0; p < volume.codes.length; p++) {
    const bin = Math.floor(((volume.value(p) - low) / (high - low)) * bins);
    if (bin >= 0 && bin < bins) counts[bin]++;
  }
  return Array.from(counts, n => Math.log10(1 + n));
}

let histograms = null;

function drawHistogram() {
  histograms ??= { estimate: counted(volumes.estimate), input: volumes.input && counted(volumes.input) };
  const [low, high] = report.window;
  const xs = Array.from({ length: bins }, (_, n) => low + ((n + 0.5) * (high - low)) / bins);
  const top = Math.max(...histograms.estimate, ...(histograms.input ?? []));
  const plot = new Plot(document.getElementById("histogram"), [low, high], [0, top * 1.05], {
    xLabel: report.unit || "signal, no unit", yText: value => (Number.isInteger(value) ? (value === 0 ? "0" : "10" + superscript(value)) : ""),
  });
  if (histograms.input) plot.line(xs, histograms.input, styled("--second"), 1.2);
  plot.line(xs, histograms.estimate, styled("--accent"));
  plot.mark(state.black);
  plot.mark(state.white);
}

function superscript(number) { return String(number).replace(/\d/g, d => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]); }

function drawConsistency() {
  const values = report.consistency;
  if (!values) return;
  const finite = values.filter(v => v !== null);
  // All slices agree exactly: the words beside the plot say so.
  document.getElementById("consistency").hidden = !finite.length;
  if (!finite.length) return;
  const ys = values.map(v => (v === null ? NaN : v));
  const plot = new Plot(document.getElementById("consistency"), [1, values.length], [Math.min(...finite) - 1, Math.max(...finite) + 1], { xLabel: "slice" });
  plot.line(ys.map((_, n) => n + 1), ys, styled("--accent"));
  plot.mark(state.cursor[report.sliceAxis] + 1);
}
