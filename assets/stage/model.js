// What is drawn at one epoch: the numbers of all units on the lattice and at the rows, worked out once per epoch.

/** Numbers that came in 16 bits each, run by run (core/representation/packing.py); 65,535 is none. */
function decoded({ counts, low, step, data }) {
  const codes = new Uint16Array(Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)).buffer);
  const values = new Float32Array(codes.length);
  let at = 0;
  counts.forEach((count, run) => {
    for (const end = at + count; at < end; at += 1) values[at] = codes[at] === 65535 ? NaN : low[run] + step[run] * codes[at];
  });
  return values;
}

/** The same numbers row after row, where every run is a column. */
function decodedRows(told) {
  const values = decoded(told), width = told.counts.length, count = values.length / width, rows = new Float32Array(values.length);
  for (let row = 0; row < count; row += 1) for (let k = 0; k < width; k += 1) rows[row * width + k] = values[k * count + row];
  return rows;
}

/** What enters the network at every lattice position: sent as it is, or as straight moves from the plane's coordinates. */
function gridRows({ side, rows, moves }, plane) {
  if (!moves) return decodedRows(rows);
  const isLine = plane.kind === "line", count = isLine ? side : side * side, width = moves[0].length;
  const places = onPlane({ plane, side, isLine }, Array.from({ length: count }, (_, k) => [k % side, Math.floor(k / side)]));
  const found = new Float32Array(count * width);
  for (let row = 0; row < count; row += 1) {
    for (let k = 0; k < width; k += 1) {
      found[row * width + k] = moves[0][k] + moves[1][k] * places[2 * row] + (isLine ? 0 : moves[2][k] * places[2 * row + 1]);
    }
  }
  return found;
}

/** The runner's answer with its numbers unpacked. */
function unpacked(data) {
  const side = data.lattice.side, isLine = data.plane.kind === "line";
  return {
    ...data,
    side,
    isLine,
    count: isLine ? side : side * side,
    grid: gridRows(data.lattice, data.plane),
    inputs: decodedRows(data.points.rows),
    place: decodedRows(data.points.place),
    weights: data.weights.map(decoded),
    axes: data.axes.map((frames) => frames.map((frame) => (frame ? { ...frame, values: decoded(frame.values) } : null))),
  };
}

/** The stops of the way through the network: the input, then each layer's linear part and its output. */
function stops(network) {
  const found = [{ place: 0, name: "the input", layer: 0 }];
  network.blocks.forEach((block, n) => {
    const isOutput = n === network.blocks.length - 1, name = isOutput ? "the output layer" : `layer ${n + 1}`;
    found.push({ place: block.preactivation, name: isOutput ? name : `${name}, linear part`, layer: n + 1 });
    if (!isOutput) found.push({ place: block.output, name, layer: n + 1 });
  });
  return found;
}

/** The stops that are drawn side by side: the input and what hidden layers answer, of many some of them. */
function ends(model) {
  const all = model.stops.map((_, n) => n).filter((n) => n % 2 === 0 && (n === 0 || n < model.stops.length - 1));
  if (all.length <= MOST_CELLS) return all;
  return Array.from({ length: MOST_CELLS }, (_, k) => all[Math.round((k * (all.length - 1)) / (MOST_CELLS - 1))]);
}

const MOST_CELLS = 6;

/** Lines across the plane and up it, each finely walked: lattice positions, line after line. */
function gridLines(model) {
  const last = model.side - 1, points = model.isLine ? model.side : LINE_POINTS, found = [];
  if (model.isLine) return { points, positions: Array.from({ length: points }, (_, k) => [k, 0]) };
  for (let line = 0; line < LINES; line += 1) {
    const at = (line / (LINES - 1)) * last;
    for (let k = 0; k < points; k += 1) found.push([at, (k / (points - 1)) * last]);
    for (let k = 0; k < points; k += 1) found.push([(k / (points - 1)) * last, at]);
  }
  return { points, positions: found };
}

const LINES = 14, LINE_POINTS = 81, HALVINGS = 7;

/** Places where a surface crosses zero, moved along their lattice edges to where the network itself does. ends: pairs of
    lattice positions between which its sign changes; value: positions → heights. */
function sharpened(ends, value) {
  let low = ends.map(([a]) => a), high = ends.map(([, b]) => b);
  const start = value(low);
  for (let turn = 0; turn < HALVINGS && ends.length; turn += 1) {
    const middle = low.map((a, n) => [(a[0] + high[n][0]) / 2, (a[1] + high[n][1]) / 2]), heights = value(middle);
    low = low.map((a, n) => (heights[n] > 0 === start[n] > 0 ? middle[n] : a));
    high = high.map((b, n) => (heights[n] > 0 === start[n] > 0 ? b : middle[n]));
  }
  return low.map((a, n) => [(a[0] + high[n][0]) / 2, (a[1] + high[n][1]) / 2]);
}

/** Everything at one epoch with these weights. */
function scene(model, epoch, weights) {
  const { network, side, count } = model, n = model.points.target.length;
  const lattice = walk(network, weights, model.grid, count);
  const rows = walk(network, weights, model.inputs, n);
  const outputs = lattice[lattice.length - 1], told = rows[rows.length - 1];
  const threshold = model.threshold;
  const surfaces = model.isClassification ? margins(outputs, count, threshold) : [];
  const at = (positions) => walk(network, weights, between(model.grid, positions, side, network.inputs), positions.length);
  const ends = surfaces.flatMap((surface, k) => {
    const edges = model.isLine ? crossings(surface) : contour(surface, side);
    return sharpened(edges, (positions) => {
      const places = at(positions);
      return margins(places[places.length - 1], positions.length, threshold)[k];
    });
  });
  const cut = at(ends), lines = at(model.lines.positions);
  return { epoch, weights, lattice, rows, cut, ends, lines, told, answers: answered(told, n, threshold),
    regions: model.isClassification ? answered(outputs, count, threshold) : null };
}

/** Positions on the plane of lattice positions, as [x, y, …]. */
function onPlane(model, positions) {
  const { low, high } = model.plane, side = model.side, flat = new Float32Array(positions.length * 2);
  positions.forEach(([column, row], n) => {
    if (model.isLine) {
      flat[2 * n] = low[0] + (column / (side - 1)) * (high[0] - low[0]);
      return;
    }
    flat[2 * n] = low[0] + ((column + 0.5) / side) * (high[0] - low[0]);
    flat[2 * n + 1] = high[1] - ((row + 0.5) / side) * (high[1] - low[1]);
  });
  return flat;
}

/** One stop's lines, rows and cut as shares of its own box, and that box. */
function still(model, at, index, units, view) {
  const stop = model.stops[index], { positions } = model.lines;
  let lines, rows, cut;
  if (index === 0) {
    lines = onPlane(model, positions);
    rows = model.isLine ? model.place.map((x, k) => (k % 2 ? 0 : x)) : model.place;
    cut = onPlane(model, at.ends);
  } else {
    const axes = (model.axes[at.epoch] || [])[index], values = axes && axes.values;
    lines = flatten(at.lines[stop.place], positions.length, values, units, view);
    rows = flatten(at.rows[stop.place], model.points.target.length, values, units, view);
    cut = flatten(at.cut[stop.place], at.ends.length, values, units, view);
  }
  const frame = box(lines, rows);
  return { frame, lines: placed(lines, frame), rows: placed(rows, frame), cut: placed(cut, frame) };
}

/** Share of the drawn rows of a split that get their own class; of a regression R². */
function score(model, at, split) {
  const { target, splits } = model.points;
  const own = target.map((_, k) => k).filter((k) => splits[k] === split);
  if (!own.length) return null;
  if (model.isClassification) return own.filter((k) => at.answers.answer[k] === target[k]).length / own.length;
  const mean = own.reduce((sum, k) => sum + target[k], 0) / own.length;
  const { mean: shift, std } = model.scale;
  const off = own.reduce((sum, k) => sum + (at.told.values[k * at.told.width] * std + shift - target[k]) ** 2, 0);
  return 1 - off / Math.max(1e-12, own.reduce((sum, k) => sum + (target[k] - mean) ** 2, 0));
}
