// A picture of pixels that a person paints; what it holds is told when the pointer is lifted.

const PAINTED = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".painting");
  if (!root || !data) return undefined;
  const kept = PAINTED.get(parentElement) || { tool: "paint", shown: data.shown, values: [...data.values], last: null };
  PAINTED.set(parentElement, kept);
  const canvas = root.querySelector("canvas");
  const draw = () => { drawPixels(canvas, kept.values, data); root.querySelector(".said").textContent = said(kept, data); };
  const tell = () => setStateValue("picture", { shown: kept.shown, values: [...kept.values] });
  canvas.onpointerdown = (event) => {
    canvas.setPointerCapture(event.pointerId);
    kept.last = pixel(canvas, event, data); kept.shown = null;
    stroke(kept, kept.last, data); draw();
  };
  canvas.onpointermove = (event) => {
    if (!kept.last) return;
    const to = pixel(canvas, event, data), from = kept.last;
    const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) * 2));
    for (let k = 1; k <= steps; k += 1) stroke(kept, [0, 1].map((axis) => from[axis] + ((to[axis] - from[axis]) * k) / steps), data);
    kept.last = to; draw();
  };
  canvas.onpointerup = canvas.onpointercancel = () => { if (kept.last) { kept.last = null; tell(); } };
  tools(root.querySelector(".tools"), kept, data, draw, tell);
  draw();
  const watcher = new ResizeObserver(draw);
  watcher.observe(canvas);
  return () => watcher.disconnect();
}

function tools(bar, kept, data, draw, tell) {
  const button = (name, act) => Object.assign(document.createElement("button"), { type: "button", textContent: name, onclick: act });
  const modes = [["paint", "Paint"], ["erase", "Erase"]].map(([tool, name]) => {
    const made = button(name, () => { kept.tool = tool; tools(bar, kept, data, draw, tell); });
    made.setAttribute("aria-pressed", String(kept.tool === tool));
    return made;
  });
  const take = (shown) => { kept.shown = shown; kept.values = shown === null ? kept.values.map(() => data.low) : [...data.rows[shown].values]; draw(); tell(); };
  const others = [button("Clear", () => take(null))];
  if (data.rows.length) others.push(button("Another one", () => { kept.next = ((kept.next ?? kept.shown ?? 0) + 1) % data.rows.length; take(kept.next); }));
  bar.replaceChildren(...modes, ...others);
}

function said(kept, data) {
  if (kept.shown === null) return "your own picture";
  const label = data.rows[kept.shown].label;
  return "a validation picture" + (label === null ? "" : `: ${label}`);
}

function pixel(canvas, event, { height, width }) {
  const box = canvas.getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
}

function stroke(kept, [x, y], { height, width, low, high }) {
  const reach = Math.max(0.95, Math.max(height, width) / 20); // strokes as thick as those of well-known digits
  for (let row = Math.max(0, Math.floor(y - 2 * reach)); row < Math.min(height, y + 2 * reach); row += 1) {
    for (let column = Math.max(0, Math.floor(x - 2 * reach)); column < Math.min(width, x + 2 * reach); column += 1) {
      const far = Math.hypot(column + 0.5 - x, row + 0.5 - y) / reach;
      const share = Math.max(0, Math.min(1, 1.5 - far)), place = row * width + column;
      if (!share) continue;
      if (kept.tool === "paint") kept.values[place] = Math.max(kept.values[place], low + share * (high - low));
      else kept.values[place] = Math.min(kept.values[place], high - share * (high - low));
    }
  }
}

function drawPixels(canvas, values, { height, width, low, high, ramp }) {
  const ratio = window.devicePixelRatio || 1, size = canvas.clientWidth || 320, cell = size / width;
  canvas.style.aspectRatio = `${width} / ${height}`;
  canvas.width = Math.round(size * ratio); canvas.height = Math.round(cell * height * ratio);
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  values.forEach((value, place) => {
    const share = Math.max(0, Math.min(1, (value - low) / (high - low || 1)));
    context.fillStyle = ramp[Math.round(share * (ramp.length - 1))];
    context.fillRect((place % width) * cell, Math.floor(place / width) * cell, cell + 0.5, cell + 0.5);
  });
}
