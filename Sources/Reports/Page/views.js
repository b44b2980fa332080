// The three planes: each shows one slice, turned as radiologists look at it.

class View {
  constructor(about, number) {
    Object.assign(this, about);
    [this.x, this.y] = [0, 1, 2].filter(a => a !== this.axis);
    const size = report.volumes.estimate.size;
    [this.width, this.height] = this.transposed ? [size[this.y], size[this.x]] : [size[this.x], size[this.y]];
    this.count = size[this.axis];
    this.cache = {};
    const figure = document.createElement("figure");
    figure.className = "view";
    figure.id = "view-" + this.name;
    const label = `${this.name[0].toUpperCase()}${this.name.slice(1)} view`;
    figure.innerHTML = `<canvas tabindex="0" role="application" aria-label="${label}: arrows move the cursor, page up and down change the slice"></canvas>
      <label><span>${this.name} (${number})</span><input type="range" min="0" max="${this.count - 1}" aria-label="${this.name} slice"><output></output></label>`;
    this.figure = figure;
    [this.canvas, this.slider, this.output] = ["canvas", "input", "output"].map(s => figure.querySelector(s));
    this.layers = ["below", "above", "overlay"].map(() => new OffscreenCanvas(this.width, this.height));
  }

  // A place in the picture, column and row, to a voxel; and back.
  voxel(column, row) {
    const u = this.flippedAcross ? this.width - 1 - column : column;
    const w = this.flippedDown ? this.height - 1 - row : row;
    const v = state.cursor.slice();
    [v[this.x], v[this.y]] = this.transposed ? [w, u] : [u, w];
    return v;
  }

  place(v) {
    const [u, w] = this.transposed ? [v[this.y], v[this.x]] : [v[this.x], v[this.y]];
    return [this.flippedAcross ? this.width - 1 - u : u, this.flippedDown ? this.height - 1 - w : w];
  }

  // A slice's values in the order of the picture.
  turned(slice) {
    const values = new Float64Array(this.width * this.height);
    for (let row = 0, p = 0; row < this.height; row++) {
      const w = this.flippedDown ? this.height - 1 - row : row;
      for (let column = 0; column < this.width; column++, p++) {
        const u = this.flippedAcross ? this.width - 1 - column : column;
        values[p] = this.transposed ? slice.values[u * slice.width + w] : slice.values[w * slice.width + u];
      }
    }
    return values;
  }

  // The three pictures of the slice that is shown; kept until the slice changes.
  pictures() {
    const index = state.cursor[this.axis];
    if (this.cache.index !== index) {
      this.cache = { index };
      this.cache.estimate = this.turned(slice(volumes.estimate, this.axis, index));
      this.cache.bicubic = volumes.bicubic ? this.turned(volumes.bicubic.slice(this.axis, index)) : null;
      this.cache.sigma = volumes.sigma ? this.turned(slice(volumes.sigma, this.axis, index)) : null;
    }
    return this.cache;
  }

  paint(layer, values, colour) {
    const context = layer.getContext("2d");
    const image = context.createImageData(this.width, this.height);
    for (let p = 0; p < values.length; p++) colour(values[p], image.data, 4 * p);
    context.putImageData(image, 0, 0);
  }

  // Where the picture lies on the canvas, in its own pixels.
  frame() {
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [Math.max(1, this.canvas.clientWidth * ratio), Math.max(1, this.canvas.clientHeight * ratio)];
    const [mmWide, mmHigh] = [this.width * this.spacing[0], this.height * this.spacing[1]];
    const scale = Math.min((w - 8) / mmWide, (h - 8) / mmHigh);
    const [fw, fh] = [mmWide * scale, mmHigh * scale];
    return { w: Math.round(w), h: Math.round(h), left: (w - fw) / 2, top: (h - fh) / 2, width: fw, height: fh, ratio };
  }

  draw() {
    const { estimate, bicubic, sigma } = this.pictures();
    const { black, white, divider, threshold, opacity } = state;
    const gray = (value, data, p) => {
      const level = Number.isNaN(value) ? 0 : (255 * (value - black)) / (white - black);
      data[p] = data[p + 1] = data[p + 2] = Math.min(255, Math.max(0, level));
      data[p + 3] = 255;
    };
    this.paint(this.layers[0], estimate, gray);
    if (bicubic) this.paint(this.layers[1], bicubic, gray);
    const showsSigma = state.overlay && sigma;
    if (showsSigma) {
      this.paint(this.layers[2], sigma, (value, data, p) => {
        if (!(value >= threshold)) return;
        const entry = 3 * Math.min(255, Math.max(0, Math.round((255 * value) / report.sigmaTop)));
        for (let c = 0; c < 3; c++) data[p + c] = colours[entry + c];
        data[p + 3] = 255 * opacity;
      });
    }
    const f = this.frame();
    Object.assign(this.canvas, { width: f.w, height: f.h });
    const context = this.canvas.getContext("2d");
    context.imageSmoothingEnabled = state.smooth;
    context.imageSmoothingQuality = "high";
    const put = layer => context.drawImage(layer, f.left, f.top, f.width, f.height);
    put(this.layers[0]);
    const edge = f.left + (f.width * divider) / 100;
    if (bicubic && divider > 0) {
      context.save();
      context.beginPath();
      context.rect(f.left, f.top, edge - f.left, f.height);
      context.clip();
      put(this.layers[1]);
      context.restore();
    }
    if (showsSigma) put(this.layers[2]);
    if (bicubic && divider > 0 && divider < 100) {
      context.fillStyle = "#ffd34d";
      context.fillRect(edge - f.ratio / 2, f.top, f.ratio, f.height);
    }
    this.drawMarks(context, f);
    this.slider.value = state.cursor[this.axis];
    this.output.textContent = `${state.cursor[this.axis] + 1} / ${this.count}`;
    this.figure.classList.toggle("active", state.active === this);
  }

  drawMarks(context, f) {
    const [column, row] = this.place(state.cursor);
    const [x, y] = [f.left + ((column + 0.5) * f.width) / this.width, f.top + ((row + 0.5) * f.height) / this.height];
    context.strokeStyle = "#5fd0ff";
    context.lineWidth = f.ratio;
    context.globalAlpha = 0.75;
    context.beginPath();
    const gap = 7 * f.ratio;
    for (const [x0, y0, x1, y1] of [[f.left, y, x - gap, y], [x + gap, y, f.left + f.width, y], [x, f.top, x, y - gap], [x, y + gap, x, f.top + f.height]]) {
      context.moveTo(x0, y0);
      context.lineTo(x1, y1);
    }
    context.stroke();
    context.globalAlpha = 1;
    context.font = `${13 * f.ratio}px "DejaVu Sans", sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const inset = 11 * f.ratio;
    const letters = [[this.letters.left, inset, f.h / 2], [this.letters.right, f.w - inset, f.h / 2], [this.letters.top, f.w / 2, inset], [this.letters.bottom, f.w / 2, f.h - inset]];
    for (const [letter, lx, ly] of letters) {
      context.lineWidth = 3 * f.ratio;
      context.strokeStyle = "#000";
      context.strokeText(letter, lx, ly);
      context.fillStyle = "#ffe9a8";
      context.fillText(letter, lx, ly);
    }
  }

  listen() {
    const move = event => {
      const f = this.frame();
      const box = this.canvas.getBoundingClientRect();
      const column = Math.floor((((event.clientX - box.left) * f.ratio - f.left) / f.width) * this.width);
      const row = Math.floor((((event.clientY - box.top) * f.ratio - f.top) / f.height) * this.height);
      moveTo(this.voxel(clamped(column, this.width), clamped(row, this.height)), this);
    };
    this.canvas.addEventListener("pointerdown", event => {
      this.canvas.setPointerCapture(event.pointerId);
      move(event);
    });
    this.canvas.addEventListener("pointermove", event => { if (event.buttons & 1) move(event); });
    this.canvas.addEventListener("focus", () => { state.active = this; refresh(); });
    this.canvas.addEventListener("wheel", event => {
      event.preventDefault();
      this.turn(Math.sign(event.deltaY));
    }, { passive: false });
    this.canvas.addEventListener("keydown", event => {
      const step = event.shiftKey ? 10 : 1;
      const [column, row] = this.place(state.cursor);
      const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
      if (moves[event.key]) {
        const [dx, dy] = moves[event.key];
        moveTo(this.voxel(clamped(column + dx, this.width), clamped(row + dy, this.height)), this);
      } else if (event.key === "PageUp" || event.key === "PageDown") {
        this.turn(event.key === "PageUp" ? step : -step);
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    });
    this.slider.addEventListener("input", () => {
      const v = state.cursor.slice();
      v[this.axis] = Number(this.slider.value);
      moveTo(v, this);
    });
  }

  turn(by) {
    const v = state.cursor.slice();
    v[this.axis] = clamped(v[this.axis] + by, this.count);
    moveTo(v, this);
  }
}

function clamped(value, count) { return Math.min(count - 1, Math.max(0, value)); }
