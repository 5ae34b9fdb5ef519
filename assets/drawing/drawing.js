// A plane on which points are clicked and dragged; what was drawn is told when the pointer is lifted.

const DRAWN = new WeakMap();
const NEAR = 0.035, MOST_DRAGGED = 0.06;

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".drawing");
  if (!root || !data) return undefined;
  const kept = DRAWN.get(parentElement) || { tool: 0, points: null, sent: "", held: null };
  const given = JSON.stringify(data.points);
  if (kept.points === null || given !== kept.sent && !kept.held) { kept.points = data.points.map((p) => [...p]); kept.sent = given; }
  DRAWN.set(parentElement, kept);
  const canvas = root.querySelector("canvas");
  const tell = () => {
    const text = JSON.stringify(kept.points);
    if (text === kept.sent) return;
    kept.sent = text;
    setStateValue("points", kept.points.map((p) => [...p]));
  };
  const draw = () => drawPoints(canvas, kept, data);
  const add = (at) => {
    if (kept.points.length < data.most) kept.points.push([at[0], at[1], kept.tool]);
  };
  canvas.onpointerdown = (event) => {
    const at = place(canvas, event), near = closest(kept.points, at);
    canvas.setPointerCapture(event.pointerId);
    if (kept.tool === "erase") { kept.held = "erase"; if (near !== null) kept.points.splice(near, 1); }
    else if (near !== null) kept.held = near;
    else { add(at); kept.held = "row"; kept.last = at; }
    draw();
  };
  canvas.onpointermove = (event) => {
    if (kept.held === null) return;
    const at = place(canvas, event);
    if (kept.held === "erase") { const near = closest(kept.points, at); if (near !== null) kept.points.splice(near, 1); }
    else if (kept.held === "row") { if (Math.hypot(at[0] - kept.last[0], at[1] - kept.last[1]) > MOST_DRAGGED) { add(at); kept.last = at; } }
    else { kept.points[kept.held][0] = at[0]; kept.points[kept.held][1] = at[1]; }
    draw();
  };
  canvas.onpointerup = canvas.onpointercancel = () => { kept.held = null; draw(); tell(); };
  tools(root.querySelector(".tools"), kept, data, draw, tell);
  draw();
  const watcher = new ResizeObserver(draw);
  watcher.observe(canvas);
  if (kept.watcher) kept.watcher.disconnect();
  kept.watcher = watcher;
  return () => watcher.disconnect();
}

function tools(bar, kept, data, draw, tell) {
  const names = [...data.classes.map((name, k) => [k, `Class ${name}`]), ["erase", "Erase"]];
  const buttons = names.map(([tool, name]) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: name });
    button.setAttribute("aria-pressed", String(kept.tool === tool));
    button.onclick = () => { kept.tool = tool; tools(bar, kept, data, draw, tell); };
    if (tool !== "erase") button.style.borderLeft = `6px solid ${data.colours[tool]}`;
    return button;
  });
  const clear = Object.assign(document.createElement("button"), { type: "button", textContent: "Clear" });
  clear.onclick = () => { kept.points = []; draw(); tell(); };
  bar.replaceChildren(...buttons, clear);
}

function place(canvas, event) {
  const box = canvas.getBoundingClientRect(), bound = (x) => Math.round(Math.max(-1, Math.min(1, x)) * 1000) / 1000;
  return [bound(((event.clientX - box.left) / box.width) * 2 - 1), bound(1 - ((event.clientY - box.top) / box.height) * 2)];
}

function closest(points, [x, y]) {
  let best = null, least = NEAR;
  points.forEach((point, k) => { const far = Math.hypot(point[0] - x, point[1] - y); if (far < least) { least = far; best = k; } });
  return best;
}

function drawPoints(canvas, kept, data) {
  const ratio = window.devicePixelRatio || 1, size = canvas.clientWidth || 480;
  canvas.width = canvas.height = Math.round(size * ratio);
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.strokeStyle = data.grid; context.lineWidth = 1;
  for (let k = 1; k < 8; k += 1) {
    context.beginPath(); context.moveTo((k / 8) * size, 0); context.lineTo((k / 8) * size, size);
    context.moveTo(0, (k / 8) * size); context.lineTo(size, (k / 8) * size); context.stroke();
  }
  kept.points.forEach(([x, y, label]) => {
    const [u, v, r] = [((x + 1) / 2) * size, ((1 - y) / 2) * size, 5];
    context.beginPath();
    if (label === 0) context.arc(u, v, r, 0, 2 * Math.PI);
    else if (label === 1) context.rect(u - r * 0.9, v - r * 0.9, r * 1.8, r * 1.8);
    else if (label === 2) { context.moveTo(u, v - r * 1.2); context.lineTo(u + r * 1.1, v + r * 0.8); context.lineTo(u - r * 1.1, v + r * 0.8); }
    else { context.moveTo(u, v - r * 1.3); context.lineTo(u + r * 1.1, v); context.lineTo(u, v + r * 1.3); context.lineTo(u - r * 1.1, v); }
    context.closePath(); context.fillStyle = data.colours[label]; context.fill();
  });
  const counts = data.classes.map((name, k) => [name, kept.points.filter((p) => p[2] === k).length]).filter(([, n]) => n);
  const root = canvas.parentElement;
  root.querySelector(".said").textContent = `${kept.points.length} of at most ${data.most} points` + (counts.length ? `: ${counts.map(([n, c]) => `${c} of ${n}`).join(", ")}` : "");
}
