// The stage: the network as small maps joined by its weights, beside it the space bent by its layers. All of it moves in
// the browser; nothing is sent to the server.

const KEPT = new WeakMap();

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".stage");
  if (!root || !data) return undefined;
  const model = unpacked(data);
  model.stops = stops(model.network);
  model.lines = gridLines(model);
  model.stops.forEach((stop, n) => { stop.width = n ? model.network.blocks[stop.layer - 1].units : model.network.inputs; });
  const before = KEPT.get(parentElement);
  const newest = model.epochs.length - 1;
  const follows = !before || before.frame >= before.newest;
  const state = before || { position: model.stops.length - 2, every: ends(model).length > 2, units: null, view: { yaw: 0.6, pitch: 0.35 }, picked: null,
    edited: null, link: null, discrete: false, timer: null };
  const asked = before ? null : window.layerscopeEpochs?.asked() ?? null;
  state.frame = asked !== null ? frameOf(model, asked) : follows ? newest : Math.min(state.frame, newest);
  state.newest = newest;
  state.position = Math.min(Math.max(state.position, 0), model.stops.length - 1);
  KEPT.set(parentElement, state);
  const stage = new Stage(root, model, state);
  stage.wire();
  stage.redraw();
  const follow = (event) => stage.follow(event.detail);
  document.addEventListener("layerscope-epoch", follow);
  const watcher = new ResizeObserver(() => stage.redraw());
  watcher.observe(root);
  if (state.watcher) state.watcher.disconnect();
  state.watcher = watcher;
  return () => { watcher.disconnect(); document.removeEventListener("layerscope-epoch", follow); clearInterval(state.timer); state.timer = null; };
}

class Stage {
  constructor(root, model, state) {
    this.root = root; this.model = model; this.state = state; this.scenes = new Map();
    this.find = (name) => root.querySelector(`.${name}`);
  }

  weights() { return this.state.edited || this.model.weights[this.state.frame]; }

  scene() {
    const { frame, edited } = this.state;
    if (edited) return scene(this.model, frame, edited);
    if (!this.scenes.has(frame)) {
      if (this.scenes.size > 8) this.scenes.clear();
      this.scenes.set(frame, scene(this.model, frame, this.model.weights[frame]));
    }
    return this.scenes.get(frame);
  }

  wire() {
    const { model, state } = this, epoch = this.find("epoch"), layers = this.find("layers");
    epoch.max = model.epochs.length - 1; epoch.value = state.frame;
    layers.max = model.stops.length - 1; layers.value = state.position;
    epoch.oninput = () => this.show(Number(epoch.value));
    layers.oninput = () => { state.position = Number(layers.value); state.picked = null; this.redraw(); };
    this.find("play").onclick = () => this.play();
    this.find("discrete").checked = state.discrete;
    this.find("discrete").onchange = (event) => { state.discrete = event.target.checked; this.redraw(); };
    this.find("undo").onclick = () => { state.edited = null; state.link = null; this.redraw(); };
    this.wireChoices();
    this.find("net").onclick = (event) => this.pick(event);
    const space = this.find("space");
    space.onpointerdown = (event) => { state.dragged = [event.clientX, event.clientY]; };
    space.onpointermove = (event) => this.turn(event);
    space.onpointerup = space.onpointerleave = () => { state.dragged = null; };
    space.onclick = (event) => this.open(event);
    this.find("weight").oninput = (event) => this.change(Number(event.target.value));
    this.find("weight-range").oninput = (event) => this.change(Number(event.target.value));
  }

  /** Shows a recorded epoch; the charts of the page follow. */
  show(frame) {
    const { state, model } = this;
    state.frame = frame; state.edited = null; this.find("epoch").value = frame;
    window.layerscopeEpochs?.moved(model.epochs[frame]);
    this.redraw();
  }

  /** Shows what the charts of the page show. What is changed by hand, or plays, stays. */
  follow(epoch) {
    const { state, model } = this, frame = frameOf(model, epoch);
    if (frame === state.frame || state.edited || state.timer) return;
    state.frame = frame; this.find("epoch").value = frame;
    this.redraw();
  }

  wireChoices() {
    const { model, state } = this, shown = this.find("shown"), across = this.find("across"), up = this.find("up");
    const options = [["every", "every layer"], ["space", "one layer"]];
    model.network.blocks.forEach((block, n) => {
      const isOutput = n === model.network.blocks.length - 1;
      const most = isOutput && model.isClassification ? 1 : block.units;
      for (let unit = 0; unit < most; unit += 1) options.push([`${n + 1}/${unit}`, isOutput ? model.targets.length > 1 ? `the answer, ${model.targets[unit]}` : "the answer" : `layer ${n + 1}, unit ${unit + 1}`]);
    });
    fill(shown, options);
    shown.onchange = () => {
      const [layer, unit] = shown.value.split("/").map(Number);
      state.picked = Number.isInteger(unit) ? { layer, unit } : null;
      state.every = shown.value === "every";
      this.redraw();
    };
    const widest = Math.max(...model.network.blocks.map((block) => block.units));
    const units = Array.from({ length: widest }, (_, k) => [String(k), `unit ${k + 1}`]);
    fill(across, [["", "usual axes"], ...units]); fill(up, units);
    across.value = state.units ? String(state.units[0]) : ""; up.value = state.units ? String(state.units[1]) : "1";
    const choose = () => {
      state.units = across.value === "" ? null : [Number(across.value), Number(up.value)];
      state.picked = null;
      up.parentElement.hidden = !state.units;
      this.redraw();
    };
    across.onchange = up.onchange = choose;
    up.parentElement.hidden = !state.units;
    this.find("pair").hidden = widest < 2;
  }

  play() {
    const { state, model } = this;
    if (state.timer) { clearInterval(state.timer); state.timer = null; this.find("play").textContent = "▶ Play"; return; }
    if (state.frame >= model.epochs.length - 1) state.frame = -1;
    this.find("play").textContent = "❚❚ Pause";
    state.timer = setInterval(() => {
      if (state.frame >= model.epochs.length - 1) { this.play(); return; }
      this.show(state.frame + 1);
    }, 120);
  }

  turn(event) {
    const { state } = this;
    if (!state.dragged) return;
    state.view.yaw += (event.clientX - state.dragged[0]) / 120;
    state.view.pitch = Math.max(-1.5, Math.min(1.5, state.view.pitch + (event.clientY - state.dragged[1]) / 120));
    state.dragged = [event.clientX, event.clientY];
    this.redraw();
  }

  open(event) {
    const { state } = this, at = this.find("space").getBoundingClientRect();
    if (!state.every || state.picked) return;
    const x = event.clientX - at.left, y = event.clientY - at.top;
    const cell = this.cells.find((c) => x >= c.x && x < c.x + c.width && y >= c.y && y < c.y + c.height);
    if (!cell) return;
    state.position = cell.index; state.every = false;
    this.find("layers").value = state.position;
    this.redraw();
  }

  pick(event) {
    const { state } = this, at = this.find("net").getBoundingClientRect();
    const x = event.clientX - at.left, y = event.clientY - at.top;
    const tile = this.tiles.find((t) => t.layer > 0 && x >= t.x && x <= t.x + t.size && y >= t.y && y <= t.y + t.size);
    if (tile) {
      state.picked = { layer: tile.layer, unit: tile.unit };
      const module = this.model.network.modules[this.model.network.blocks[tile.layer - 1].linear];
      if (module.bias !== null) state.link = { at: module.bias + tile.unit, name: `bias of ${tileName(this.model, tile)}` };
    } else {
      const near = nearest(this.links, x, y);
      if (near) state.link = { at: near.at, name: `weight from ${near.from} to ${near.to}` };
    }
    this.redraw();
  }

  change(value) {
    const { state } = this;
    if (!state.link || !Number.isFinite(value)) return;
    state.edited = state.edited || this.model.weights[state.frame].slice();
    state.edited[state.link.at] = value;
    this.redraw();
  }

  redraw() {
    const { model, state } = this, at = this.scene();
    this.drawNetwork(at);
    const pane = this.find("space"), width = this.find("right").clientWidth || 480;
    const size = { width, height: Math.max(300, Math.min(430, width * 0.86)) };
    const isEvery = state.every && !state.picked;
    this.cells = isEvery ? cells(ends(model), size) : [];
    const context = sharp(pane, size.width, isEvery ? this.cells[this.cells.length - 1].bottom : size.height);
    pane.style.cursor = isEvery ? "pointer" : "";
    let most = null;
    if (state.picked) most = drawLarge(context, model, at, state.picked, state.discrete, size);
    else if (isEvery) this.cells.forEach((cell) => drawCell(context, model, at, cell, state.units, state.view));
    else drawSpace(context, model, at, state.position, state.units, state.view, size);
    this.say(at, most);
  }

  say(at, most) {
    const { model, state } = this;
    this.find("epoch-said").textContent = `epoch ${model.epochs[state.frame].toLocaleString("en")}`;
    const train = score(model, at, "train"), held = score(model, at, "validation");
    const said = (value) => (model.isClassification ? `${Math.round(100 * value)}\u202f%` : value.toFixed(2));
    const what = model.isClassification ? "correct" : model.targets.length > 1 ? `R² of ${model.targets[0]}` : "R²";
    this.find("score").textContent = [train === null ? "" : `${what}: training ${said(train)}`, held === null ? "" : `validation ${said(held)}`]
      .filter(Boolean).join(", ");
    this.find("undo").hidden = !state.edited;
    this.find("changed").hidden = !state.edited;
    this.find("edit").hidden = !state.link;
    if (state.link) {
      const value = this.weights()[state.link.at];
      this.find("edit-name").textContent = state.link.name;
      if (this.root.activeElement !== this.find("weight")) this.find("weight").value = Number(value.toPrecision(4));
      const range = this.find("weight-range");
      range.max = Math.max(3, Math.ceil(Math.abs(value) * 1.5)); range.min = -range.max; range.value = value;
    }
    this.find("shown").value = state.picked ? `${state.picked.layer}/${state.picked.unit}` : state.every ? "every" : "space";
    this.find("through").hidden = Boolean(state.picked) || state.every;
    const said_ = state.picked ? unitSentence(model, this.weights(), state.picked, most) : state.every ? EVERY : spaceSentence(model, state);
    this.find("sentence").textContent = said_;
    this.find("layers-said").textContent = where(model, state.position);
    this.find("key").textContent = this.links.length ? LINED : UNLINED;
  }

  drawNetwork(at) {
    const { model, state } = this, width = this.find("left").clientWidth || 420;
    const plan = layout(model, width);
    this.tiles = plan.tiles; this.links = [];
    const context = sharp(this.find("net"), width, plan.height);
    plan.joined.forEach((block) => this.drawLinks(context, block, plan.columns));
    const { colours } = model;
    for (const tile of plan.tiles) {
      const image = this.tileImage(at, tile);
      context.imageSmoothingEnabled = true;
      if (image) context.drawImage(image, tile.x, tile.y, tile.size, tile.size);
      else this.count(context, tile);
      const isPicked = state.picked && tile.layer === state.picked.layer && tile.unit === state.picked.unit;
      context.lineWidth = isPicked ? 2.5 : 1;
      context.strokeStyle = isPicked ? colours.ink : colours.domain;
      context.strokeRect(tile.x, tile.y, tile.size, tile.size);
    }
    context.fillStyle = colours.gray; context.font = `12px ${model.font}`; context.textAlign = "center"; context.textBaseline = "top";
    plan.names.forEach(({ text, x }) => context.fillText(text, x, 2));
  }

  count(context, tile) {
    context.fillStyle = this.model.colours.gray; context.font = `12px ${this.model.font}`;
    context.textAlign = "center"; context.textBaseline = "middle";
    context.fillText(String(this.model.network.inputs), tile.x + tile.size / 2, tile.y + tile.size / 2);
  }

  tileImage(at, tile) {
    const { model, state } = this, blocks = model.network.blocks;
    if (tile.layer === 0) return tile.unit === null ? null : this.mapOf(at, { values: model.grid, width: model.network.inputs }, tile.unit);
    const isOutput = tile.layer === blocks.length;
    if (isOutput && outputs(model) === 1) return answerPicture(model, at, state.discrete);
    return this.mapOf(at, at.lattice[isOutput ? blocks[tile.layer - 1].preactivation : blocks[tile.layer - 1].output], tile.unit);
  }

  mapOf(at, values, unit) {
    return unitPicture(this.model, values, unit, this.state.discrete).image;
  }

  drawLinks(context, block, columns) {
    const { model } = this, n = model.network.blocks.indexOf(block), weights = this.weights();
    const module = model.network.modules[block.linear], from = columns[n], to = columns[n + 1];
    const units = from.length, whole = n + 1 === model.network.blocks.length && to.length === 1;
    let most = 1e-9;
    for (let k = 0; k < block.units * block.inputs; k += 1) most = Math.max(most, Math.abs(weights[module.weight + k]));
    for (const end of to) {
      for (const start of from) {
        const unit = whole ? block.units - 1 : end.unit, at = module.weight + unit * block.inputs + start.unit;
        const w = weights[at], a = [start.x + start.size, start.y + start.size / 2], b = [end.x, end.y + end.size / 2];
        const bend = (b[0] - a[0]) * 0.5;
        context.beginPath(); context.moveTo(...a); context.bezierCurveTo(a[0] + bend, a[1], b[0] - bend, b[1], ...b);
        context.lineWidth = 0.4 + 4.2 * (Math.abs(w) / most);
        context.globalAlpha = 0.25 + 0.6 * (Math.abs(w) / most);
        context.strokeStyle = w < 0 ? model.colours.diverging[1] : model.colours.diverging[8];
        context.setLineDash(w < 0 ? [5, 4] : []);
        context.stroke();
        this.links.push({ at, a, b, bend, from: tileName(model, start), to: tileName(model, end), units });
      }
    }
    context.setLineDash([]); context.globalAlpha = 1;
  }
}

/** The recorded epoch that is shown at an epoch: the newest one up to it. */
function frameOf(model, epoch) {
  return Math.max(0, model.epochs.findLastIndex((each) => each <= epoch));
}

function fill(select, options) {
  const text = JSON.stringify(options);
  if (select.dataset.options === text) return;
  select.dataset.options = text;
  select.replaceChildren(...options.map(([value, name]) => Object.assign(document.createElement("option"), { value, textContent: name })));
}

const LINED = "A solid red line adds, a dashed blue one takes away; width is size. Click a unit to see it large, a line to change its weight.";
const UNLINED = "Click a unit to see it large and to change its bias. Weights are drawn as lines between layers of up to 16 units.";
const EVERY = "The same grid and the same rows after each layer: across lies the direction that separates best, up the widest one that is left; the strong line is where two classes are even. Click a picture to see it large.";
const MOST_IN_COLUMN = 16, MOST_JOINED = 16;

/** Where every unit is drawn: a column of tiles per layer, several abreast where they are many. */
function layout(model, width) {
  const { network } = model, blocks = network.blocks;
  const widths = [network.inputs <= 7 ? network.inputs : 1, ...blocks.slice(0, -1).map((b) => b.units), outputs(model)];
  const abreast = widths.map((units) => Math.ceil(units / MOST_IN_COLUMN));
  const rows = Math.max(...widths.map((units, k) => Math.ceil(units / abreast[k])));
  const room = width / (abreast.reduce((sum, a) => sum + a, 0) + 0.9 * (widths.length - 1) + 0.4);
  const size = Math.max(9, Math.min(76, room, 420 / rows - 4)), pitch = Math.max(size + 4, Math.min(size * 1.6, 330 / rows));
  const gap = (width - 8 - size * abreast.reduce((sum, a) => sum + a + (a - 1) * 0.12, 0)) / Math.max(1, widths.length - 1);
  const height = Math.max(300, rows * pitch + 26);
  const columns = [], names = [], tiles = [];
  let x = 4;
  widths.forEach((units, layer) => {
    const high = Math.ceil(units / abreast[layer]), top = 22 + (height - 26 - high * pitch) / 2 + (pitch - size) / 2, column = [];
    for (let k = 0; k < units; k += 1) {
      const place = { layer, unit: layer === 0 && network.inputs > 7 ? null : k, size, x: x + Math.floor(k / high) * size * 1.12, y: top + (k % high) * pitch };
      column.push(place); tiles.push(place);
    }
    const wide = size * abreast[layer] + size * 0.12 * (abreast[layer] - 1), middle = x + wide / 2;
    names.push({ text: layer === 0 ? "in" : layer === blocks.length ? "out" : String(layer), x: Math.max(10, Math.min(width - 12, middle)) });
    columns.push(column);
    x += wide + gap;
  });
  const joined = blocks.filter((_, n) => widths[n] <= MOST_JOINED && widths[n + 1] <= MOST_JOINED && (n > 0 || network.inputs <= 7));
  return { columns, names, tiles, height, joined };
}

/** Tiles at the output: one for two classes, else one per output. */
function outputs(model) {
  const { units } = model.network.blocks[model.network.blocks.length - 1];
  return model.isClassification && units <= 2 ? 1 : units;
}

function tileName(model, tile) {
  if (tile.layer === 0) return model.network.names[tile.unit] || "the input";
  if (tile.layer === model.network.blocks.length) return model.classes[tile.unit] && outputs(model) > 1 ? `the output ${model.classes[tile.unit]}` : "the output";
  return `layer ${tile.layer}, unit ${tile.unit + 1}`;
}

/** The line under the pointer, within 6 pixels. */
function nearest(links, x, y) {
  let best = null, least = 6;
  for (const link of links) {
    for (let t = 0.05; t < 1; t += 0.05) {
      const u = 1 - t, { a, b, bend } = link;
      const px = u ** 3 * a[0] + 3 * u * u * t * (a[0] + bend) + 3 * u * t * t * (b[0] - bend) + t ** 3 * b[0];
      const py = u ** 3 * a[1] + 3 * u * u * t * a[1] + 3 * u * t * t * b[1] + t ** 3 * b[1];
      const far = Math.hypot(px - x, py - y);
      if (far < least) { least = far; best = link; }
    }
  }
  return best;
}

function where(model, position) {
  const index = Math.floor(position), share = position - index;
  if (share < 0.01 || index + 1 >= model.stops.length) return `after ${model.stops[Math.min(index, model.stops.length - 1)].name}`.replace("after the input", "the input");
  return `${Math.round(100 * share)}\u202f% of the way to ${model.stops[index + 1].name}`;
}

function spaceSentence(model, state) {
  const index = Math.round(state.position), stop = model.stops[index];
  if (index === 0) return model.isLine ? "The input is a line; each layer bends and folds it." : `The plane of ${model.plane.names[0]} and ${model.plane.names[1]} with its grid; the line is where two classes are even.`;
  const frame = (model.axes[state.frame] || [])[index], name = stop.name[0].toUpperCase() + stop.name.slice(1);
  if (state.units && state.units[0] < stop.width && state.units[1] < stop.width) return `${name}: units ${state.units[0] + 1} and ${state.units[1] + 1} of ${stop.width}, exactly.`;
  if (stop.width <= 3) return `${name}: exact, its ${stop.width === 1 ? "one unit is the axis" : `${stop.width} units are the axes`}.` + (index === model.stops.length - 2 && stop.width === 2 && model.isClassification ? " The dashed line is the output layer's cut; the curve in the input is the same line, pulled back." : "");
  const share = frame ? ` and shows ${Math.round(100 * frame.share)}\u202f% of the spread` : "";
  return `${name} has ${stop.width} units: across lies the direction that separates best, up the widest one that is left${share}; the strong line is where two classes are even.`;
}

function unitSentence(model, weights, { layer, unit }, most) {
  const block = model.network.blocks[layer - 1], module = model.network.modules[block.linear];
  if (layer === model.network.blocks.length && model.isClassification) return "The network's answer at each point: colour is the class, strength how sure it is.";
  const names = layer === 1 ? model.network.names : Array.from({ length: block.inputs }, (_, k) => `unit ${k + 1}`);
  const terms = Array.from({ length: block.inputs }, (_, k) => [weights[module.weight + unit * block.inputs + k], names[k]]);
  terms.sort((a, b) => Math.abs(b[0]) - Math.abs(a[0]));
  const shown = terms.slice(0, 3).map(([w, name]) => `${w < 0 ? "−" : "+"} ${Math.abs(w).toFixed(2)} × ${name}`).join(" ").replace(/^\+ /, "");
  const who = layer === model.network.blocks.length ? "The output" : `Unit ${unit + 1} of layer ${layer}`;
  return `${who} adds up ${shown}${terms.length > 3 ? " and smaller terms" : ""}, then its function; the colour is full at ±${most.toPrecision(2)}.`;
}
