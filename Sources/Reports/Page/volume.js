"use strict";
// Volumes as they are packed into the page, and their values.

const report = JSON.parse(document.getElementById("report").textContent);

// Base64 text to bytes, unpacked (zlib).
async function unpacked(id) {
  const element = document.getElementById("blob-" + id);
  const packed = Uint8Array.from(atob(element.textContent.trim()), c => c.charCodeAt(0));
  element.remove();
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Codes of a volume: 0 is not a number, 1 below the range, levels + 2 above it; the others are low + (code - 2) * step.
class Volume {
  static async load(id) {
    const about = report.volumes[id];
    return about ? new Volume(about, await unpacked(id)) : null;
  }

  // The bytes are the low and then the high halves of zigzagged differences to what three neighbours predict (the median edge detector
  // of JPEG-LS), slice by slice.
  constructor(about, bytes) {
    Object.assign(this, about);
    const [ni, nj, nk] = this.size;
    const count = ni * nj * nk;
    this.codes = new Uint16Array(count);
    const codes = this.codes;
    for (let k = 0, p = 0; k < nk; k++) {
      for (let j = 0; j < nj; j++) {
        for (let i = 0; i < ni; i++, p++) {
          const folded = bytes[p] | (bytes[count + p] << 8);
          let guess = 0;
          if (i > 0 && j > 0) {
            const a = codes[p - 1], b = codes[p - ni], c = codes[p - ni - 1];
            guess = c >= Math.max(a, b) ? Math.min(a, b) : c <= Math.min(a, b) ? Math.max(a, b) : a + b - c;
          } else if (i > 0) {
            guess = codes[p - 1];
          } else if (j > 0) {
            guess = codes[p - ni];
          }
          codes[p] = guess + (folded & 1 ? -((folded + 1) >> 1) : folded >> 1);
        }
      }
    }
  }

  index(v) { return (v[2] * this.size[1] + v[1]) * this.size[0] + v[0]; }

  value(index) {
    const code = this.codes[index];
    if (code === 0) return NaN;
    return this.low + (Math.min(Math.max(code, 2), this.levels + 1) - 2) * this.step;
  }

  at(v) { return this.value(this.index(v)); }

  isCut(v) {
    const code = this.codes[this.index(v)];
    return code === 1 || code === this.levels + 2;
  }

  // The value in words, as exactly as it is known here.
  text(v) {
    const code = this.codes[this.index(v)];
    const number = format(this.at(v), this.step);
    const sign = code === 1 ? "≤ " : code === this.levels + 2 ? "≥ " : "";
    return sign + number + (Number.isNaN(this.at(v)) ? "" : unitText());
  }
}

function unitText() { return report.unit ? " " + report.unit : ""; }

// As many digits as the step is good for.
function format(value, step) {
  if (Number.isNaN(value)) return "not a number";
  const digits = Math.max(0, Math.ceil(-Math.log10(step)));
  if (digits <= 6 || value === 0) return value.toFixed(Math.min(digits, 6));
  return value.toExponential(Math.min(12, Math.max(0, Math.ceil(Math.log10(Math.abs(value) / step)))));
}

// Bicubic enlargement of the input (Keys, a = -0.5; half-pixel centres, symmetric edges): what the model adds its detail to.
class Enlargement {
  constructor(input) {
    this.input = input;
    this.factor = [0, 1, 2].map(a => (a === report.sliceAxis ? 1 : report.scale));
    this.taps = [0, 1, 2].map(a => Enlargement.weights(input.size[a], this.factor[a]));
  }

  static weights(count, factor) {
    const kernel = x => {
      const t = Math.abs(x);
      return t <= 1 ? (1.5 * t - 2.5) * t * t + 1 : t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
    };
    const mirrored = i => {
      const folded = ((i % (2 * count)) + 2 * count) % (2 * count);
      return folded < count ? folded : 2 * count - 1 - folded;
    };
    return Array.from({ length: count * factor }, (_, x) => {
      if (factor === 1) return [[x, 1]];
      const centre = (x + 0.5) / factor - 0.5;
      const first = Math.floor(centre) - 1;
      const taps = [0, 1, 2, 3].map(t => [mirrored(first + t), kernel(centre - first - t)]);
      const sum = taps.reduce((s, tap) => s + tap[1], 0);
      return taps.map(([i, w]) => [i, w / sum]);
    });
  }

  at(v) {
    const [ti, tj, tk] = [0, 1, 2].map(a => this.taps[a][v[a]]);
    let sum = 0;
    for (const [k, wk] of tk) for (const [j, wj] of tj) for (const [i, wi] of ti) sum += wi * wj * wk * this.input.at([i, j, k]);
    return sum;
  }

  // How far its numbers may be off: half a step of the input under every weight, and the rounding of what is shown.
  get precision() {
    const reach = this.taps.reduce((product, all) => product * all.reduce((most, taps) => Math.max(most, taps.reduce((sum, tap) => sum + Math.abs(tap[1]), 0)), 0), 1);
    return this.input.step * reach;
  }

  // The value in words; "about" where one of the input's values was cut off.
  text(v) {
    const [ti, tj, tk] = [0, 1, 2].map(a => this.taps[a][v[a]]);
    const isCut = tk.some(([k]) => tj.some(([j]) => ti.some(([i]) => this.input.isCut([i, j, k]))));
    const value = this.at(v);
    return (isCut ? "about " : "") + format(value, this.input.step) + (Number.isNaN(value) ? "" : unitText());
  }

  // One slice of the enlarged volume across `axis`: width along the first of the other axes.
  slice(axis, index) {
    const [x, y] = [0, 1, 2].filter(a => a !== axis);
    const input = this.input;
    const [width, height] = [input.size[x] * this.factor[x], input.size[y] * this.factor[y]];
    const rows = new Float64Array(input.size[x] * input.size[y]);
    const v = [0, 0, 0];
    for (const [n, weight] of this.taps[axis][index]) {
      v[axis] = n;
      for (v[y] = 0; v[y] < input.size[y]; v[y]++) {
        for (v[x] = 0; v[x] < input.size[x]; v[x]++) rows[v[y] * input.size[x] + v[x]] += weight * input.at(v);
      }
    }
    const lines = new Float64Array(width * input.size[y]);
    for (let r = 0; r < input.size[y]; r++) {
      for (let c = 0; c < width; c++) {
        let sum = 0;
        for (const [n, weight] of this.taps[x][c]) sum += weight * rows[r * input.size[x] + n];
        lines[r * width + c] = sum;
      }
    }
    const values = new Float64Array(width * height);
    for (let r = 0; r < height; r++) {
      for (const [n, weight] of this.taps[y][r]) {
        for (let c = 0; c < width; c++) values[r * width + c] += weight * lines[n * width + c];
      }
    }
    return { width, height, values };
  }
}

function slice(volume, axis, index) {
  const [x, y] = [0, 1, 2].filter(a => a !== axis);
  const [width, height] = [volume.size[x], volume.size[y]];
  const values = new Float64Array(width * height);
  const v = [0, 0, 0];
  v[axis] = index;
  for (v[y] = 0; v[y] < height; v[y]++) {
    for (v[x] = 0; v[x] < width; v[x]++) values[v[y] * width + v[x]] = volume.at(v);
  }
  return { width, height, values };
}
