// The pictures: units as small maps, weights as lines between them, the bent space, one unit large.

const TAU = 2 * Math.PI;

function rgb(word) {
  return [1, 3, 5].map((at) => parseInt(word.slice(at, at + 2), 16));
}

/** The colour at a share 0 to 1 of a row of colours. */
function along(colours, share) {
  const at = Math.max(0, Math.min(1, share)) * (colours.length - 1), low = Math.min(Math.floor(at), colours.length - 2);
  const a = rgb(colours[low]), b = rgb(colours[low + 1]);
  return a.map((x, k) => Math.round(x + (at - low) * (b[k] - x)));
}

/** A canvas of the lattice's size, a pixel for each of its points. paint: place → [r, g, b, opacity 0 to 1]. */
function picture(side, rows, paint) {
  const canvas = document.createElement("canvas");
  canvas.width = side; canvas.height = rows;
  const context = canvas.getContext("2d"), image = context.createImageData(side, rows);
  for (let k = 0; k < side * rows; k += 1) {
    const [r, g, b, opacity] = paint(k);
    image.data.set([r, g, b, Math.round(255 * opacity)], 4 * k);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** What one unit answers over the plane, and the size at which its colour is full. */
function unitPicture(model, values, unit, discrete) {
  const own = new Float32Array(model.count);
  for (let k = 0; k < model.count; k += 1) own[k] = values.values[k * values.width + unit];
  const most = own.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 1e-9);
  const shades = Array.from({ length: 65 }, (_, k) => along(model.colours.diverging, k / 64));
  const shade = (x) => (Number.isFinite(x) ? shades[Math.round(32 + 32 * (discrete ? Math.sign(x) * 0.8 : x / most))] : rgb(model.colours.red));
  return { own, most, image: picture(model.side, model.isLine ? 1 : model.side, (k) => [...shade(own[k]), 1]) };
}

/** The network's answer over the plane: classes by colour and strength, values on the ramp, red where it is no number. */
function answerPicture(model, at, discrete) {
  const outputs = at.lattice[at.lattice.length - 1], { values, width } = outputs, rows = model.isLine ? 1 : model.side;
  const isNumber = (k) => values.subarray(k * width, (k + 1) * width).every(Number.isFinite), broken = [...rgb(model.colours.red), 0.25];
  if (!model.isClassification) {
    const [low, high] = model.values;
    const share = (k) => (values[k * width] * model.scale.std + model.scale.mean - low) / (high - low || 1);
    return picture(model.side, rows, (k) => (isNumber(k) ? [...along(model.colours.ramp, discrete ? Math.round(share(k) * 6) / 6 : share(k)), 0.8] : broken));
  }
  const classes = model.colours.category.map(rgb);
  return picture(model.side, rows, (k) => {
    if (!isNumber(k)) return broken;
    const answer = at.regions.answer[k];
    return [...classes[answer % classes.length], 0.5 * (discrete ? 1 : strength(model, values, k, width))];
  });
}

/** How sure an answer is, 0 (even) to 1, as the loss reads the outputs. */
function strength(model, values, row, width) {
  const own = Array.from(values.subarray(row * width, (row + 1) * width));
  if (width === 1) {
    const p = model.reading === "linear" ? Math.max(0, Math.min(1, own[0])) : 1 / (1 + Math.exp(-own[0]));
    return Math.abs(2 * p - 1);
  }
  const most = Math.max(...own);
  const read = { softmax: (x) => Math.exp(x - most), sigmoid: (x) => 1 / (1 + Math.exp(-x)), linear: (x) => Math.max(0, x) };
  const shares = own.map(read[model.reading]), sum = shares.reduce((a, b) => a + b, 0);
  const best = sum > 0 ? Math.max(...shares) / sum : 1 / width;
  return (best - 1 / width) / (1 - 1 / width);
}

/** A canvas made sharp for this screen; gives its context in page pixels. */
function sharp(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`; canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

const MARKS = [
  (c, x, y, r) => c.arc(x, y, r, 0, TAU),
  (c, x, y, r) => c.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8),
  (c, x, y, r) => { c.moveTo(x, y - r * 1.2); c.lineTo(x + r * 1.1, y + r * 0.8); c.lineTo(x - r * 1.1, y + r * 0.8); c.closePath(); },
  (c, x, y, r) => { c.moveTo(x, y - r * 1.3); c.lineTo(x + r * 1.1, y); c.lineTo(x, y + r * 1.3); c.lineTo(x - r * 1.1, y); c.closePath(); },
];

/** The rows as marks: colour and shape say the class, hollow ones validate, wrong ones are crossed out. */
function rowMarks(context, model, at, positions, radius = 3.4) {
  const { target, splits } = model.points, { colours } = model;
  for (let k = 0; k < target.length; k += 1) {
    const x = positions[2 * k], y = positions[2 * k + 1];
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    const [low, high] = model.values;
    const colour = model.isClassification
      ? colours.category[target[k] % colours.category.length]
      : `rgb(${along(colours.ramp, 0.15 + (0.85 * (target[k] - low)) / (high - low || 1))})`;
    context.beginPath();
    MARKS[model.isClassification ? target[k] % MARKS.length : 0](context, x, y, radius);
    context.lineWidth = radius * 0.41;
    context.strokeStyle = context.fillStyle = colour;
    if (splits[k] === "train") { context.globalAlpha = 0.9; context.fill(); } else context.stroke();
    context.globalAlpha = 1;
    if (model.isClassification && at.answers.answer[k] !== target[k]) {
      context.beginPath();
      context.moveTo(x - 4, y - 4); context.lineTo(x + 4, y + 4); context.moveTo(x - 4, y + 4); context.lineTo(x + 4, y - 4);
      context.strokeStyle = colours.red; context.lineWidth = 1.8;
      context.stroke();
    }
  }
}

/** Where pictures of several stops stand, two abreast. Gives {index, x, y, width, height, bottom}. */
function cells(indices, { width }) {
  const abreast = indices.length > 1 ? 2 : 1, wide = width / abreast, high = Math.round(wide * (abreast > 1 ? 0.86 : 0.7));
  return indices.map((index, n) => {
    const row = Math.floor(n / abreast);
    return { index, x: (n % abreast) * wide, y: row * high, width: wide, height: high, bottom: (row + 1) * high };
  });
}

/** One of several pictures: the stop's name, how much of its spread is seen, and its space. */
function drawCell(context, model, at, { index, x, y, width, height }, units, view) {
  const stop = model.stops[index], frame = (model.axes[at.epoch] || [])[index];
  context.save();
  context.translate(x, y);
  context.beginPath(); context.rect(0, 0, width, height); context.clip();
  context.fillStyle = model.colours.ink; context.font = `600 12px ${model.font}`;
  context.textAlign = "left"; context.textBaseline = "top";
  const name = index ? `After ${stop.name}` : "Input";
  context.fillText(name, 6, 3);
  const after = context.measureText(name).width;
  context.fillStyle = model.colours.gray; context.font = `12px ${model.font}`;
  if (index && frame && stop.width > 3 && !units) {
    const share = `${Math.round(100 * frame.share)}\u202f%`, room = width - 18 - after;
    const said = [`shows ${share} of the spread`, `${share} of the spread`, share].find((text) => context.measureText(text).width < room);
    if (said) context.fillText(said, 14 + after, 3);
  }
  context.translate(0, 14);
  drawSpace(context, model, at, index, units, view, { width, height: height - 14 }, false);
  context.restore();
}

/** The grid, the cut and the rows somewhere between two stops. */
function drawSpace(context, model, at, position, units, view, size, isLarge = true) {
  const { colours } = model, last = model.stops.length - 1;
  const index = Math.min(Math.floor(position), Math.max(0, last - 1)), share = Math.min(1, position - index);
  const from = still(model, at, index, units, view), to = last ? still(model, at, index + 1, units, view) : from;
  const below = isLarge ? 34 : 20, room = { left: 14, top: 12, width: size.width - 28, height: size.height - below };
  const where = (a, b) => mixed(a, b, share).map((x, k) => (k % 2 ? room.top + (1 - x) * room.height : room.left + x * room.width));
  const lines = where(from.lines, to.lines), rows = where(from.rows, to.rows), cut = where(from.cut, to.cut);
  context.lineJoin = "round";
  context.strokeStyle = model.isLine ? colours.ink : colours.gray;
  context.lineWidth = model.isLine ? 1.6 : 0.8;
  context.globalAlpha = model.isLine ? 0.75 : 0.6;
  for (let start = 0; start < lines.length; start += 2 * model.lines.points) {
    context.beginPath();
    for (let k = start; k < start + 2 * model.lines.points; k += 2) context[k > start ? "lineTo" : "moveTo"](lines[k], lines[k + 1]);
    context.stroke();
  }
  context.globalAlpha = 1;
  context.strokeStyle = colours.ink;
  context.lineWidth = model.isLine || isLarge ? 2 : 1.3;
  context.beginPath();
  if (model.isLine) for (let k = 0; k < cut.length; k += 2) { context.moveTo(cut[k], cut[k + 1] - 10); context.lineTo(cut[k], cut[k + 1] + 10); }
  else for (let k = 0; k + 3 < cut.length; k += 4) { context.moveTo(cut[k], cut[k + 1]); context.lineTo(cut[k + 2], cut[k + 3]); }
  context.stroke();
  rowMarks(context, model, at, spread(model, rows), isLarge ? 3.4 : 2.5); // over the cut: a knot of it hides no row
  straightCut(context, model, at, position, to.frame, room, units);
  if (isLarge) axisNames(context, model, position, units, size);
}

/** Rows on a line stand a little above or below it by class, so that they can be told apart. */
function spread(model, rows) {
  const isFlat = rows.every((x, k) => k % 2 === 0 || !Number.isFinite(x) || Math.abs(x - rows[1]) < 0.5);
  if (!isFlat || !model.isClassification) return rows;
  return rows.map((x, k) => (k % 2 ? x + 12 * ((model.points.target[(k - 1) / 2] % 5) - 0.5) : x));
}

/** Where two units are left, the line that the output layer draws through their plane: exactly where it is undecided. */
function straightCut(context, model, at, position, frame, room, units) {
  const blocks = model.network.blocks, output = blocks[blocks.length - 1], own = model.stops.length - 2;
  if (!model.isClassification || units || output.inputs !== 2 || output.units > 2 || Math.abs(position - own) > 0.02 || own < 1) return;
  const module = model.network.modules[output.linear], w = at.weights, two = output.units === 2;
  const slope = [0, 1].map((k) => w[module.weight + k] - (two ? w[module.weight + 2 + k] : 0));
  const shift = w[module.bias] - (two ? w[module.bias + 1] : model.threshold);
  const ends = [];
  for (const x of [frame[0], frame[1]]) if (Math.abs(slope[1]) > 1e-9) ends.push([x, -(shift + slope[0] * x) / slope[1]]);
  if (ends.length < 2) for (const y of [frame[2], frame[3]]) ends.push([-(shift + slope[1] * y) / slope[0], y]);
  const onScreen = ends.slice(0, 2).map(([x, y]) => [
    room.left + ((x - frame[0]) / (frame[1] - frame[0])) * room.width,
    room.top + (1 - (y - frame[2]) / (frame[3] - frame[2])) * room.height,
  ]);
  context.save();
  context.beginPath(); context.rect(room.left, room.top, room.width, room.height); context.clip();
  context.setLineDash([7, 5]); context.lineWidth = 1.5; context.strokeStyle = model.colours.ink;
  context.beginPath(); context.moveTo(...onScreen[0]); context.lineTo(...onScreen[1]); context.stroke();
  context.restore();
}

function axisNames(context, model, position, units, size) {
  const index = Math.round(position), stop = model.stops[index];
  const width = index ? stop.width : 0;
  let names = ["across: separates best", "up: widest one left"];
  if (index === 0) names = model.plane.names;
  else if (units && units[0] < width && units[1] < width) names = units.map((unit) => `unit ${unit + 1}`);
  else if (width === 3) names = ["3 units: drag to turn", ""];
  else if (width <= 2) names = ["unit 1", width === 2 ? "unit 2" : ""];
  context.fillStyle = model.colours.gray;
  context.font = `12px ${model.font}`;
  context.textAlign = "right"; context.textBaseline = "bottom";
  context.fillText(`${names[0]} →`, size.width - 8, size.height - 4);
  context.textAlign = "left"; context.textBaseline = "top";
  if (names[1]) context.fillText(`↑ ${names[1]}`, 4, 2);
}

/** One unit, or the network's answer, as large as the pane. */
function drawLarge(context, model, at, picked, discrete, size) {
  const room = { left: 14, top: 12, width: size.width - 28, height: size.height - 34 };
  const block = model.network.blocks[picked.layer - 1], isOutput = picked.layer === model.network.blocks.length;
  const values = at.lattice[isOutput ? block.preactivation : block.output];
  const whole = isOutput && (model.isClassification || block.units === 1);
  const { image, own, most } = unitPicture(model, values, picked.unit, discrete);
  const shown = whole ? answerPicture(model, at, discrete) : image;
  context.imageSmoothingEnabled = !discrete;
  if (!model.isLine) {
    context.drawImage(shown, room.left, room.top, room.width, room.height);
    const place = placed(model.place, [model.plane.low[0], model.plane.high[0], model.plane.low[1], model.plane.high[1]]);
    rowMarks(context, model, at, place.map((x, k) => (k % 2 ? room.top + (1 - x) * room.height : room.left + x * room.width)));
  } else {
    context.strokeStyle = model.colours.gray; context.lineWidth = 1; context.setLineDash([3, 3]);
    context.beginPath(); context.moveTo(room.left, room.top + room.height / 2); context.lineTo(room.left + room.width, room.top + room.height / 2); context.stroke();
    context.setLineDash([]); context.strokeStyle = model.colours.ink; context.lineWidth = 2.2;
    context.beginPath();
    own.forEach((y, k) => (k ? context.lineTo : context.moveTo).call(context, room.left + (k / (model.side - 1)) * room.width, room.top + (0.5 - 0.46 * (y / most)) * room.height));
    context.stroke();
  }
  axisNames(context, model, 0, null, size);
  return most;
}
