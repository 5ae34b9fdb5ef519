// Where things lie: contours on the lattice, the two axes of a layer's space, and the way from a space to the screen.

/** Lattice edges [[column, row], [column, row]] that a surface's zero crosses, two for each piece of its contour
    (marching squares). */
function contour(surface, side) {
  const found = [];
  for (let row = 0; row + 1 < side; row += 1) {
    for (let column = 0; column + 1 < side; column += 1) {
      const corners = [[column, row], [column + 1, row], [column + 1, row + 1], [column, row + 1]];
      const heights = corners.map(([c, r]) => surface[r * side + c]), cut = [];
      for (let k = 0; k < 4; k += 1) {
        if (heights[k] > 0 !== heights[(k + 1) % 4] > 0) cut.push([corners[k], corners[(k + 1) % 4]]);
      }
      for (let k = 0; k + 1 < cut.length; k += 2) found.push(cut[k], cut[k + 1]);
    }
  }
  return found;
}

/** The same of a curve over one input. */
function crossings(curve) {
  const found = [];
  for (let k = 0; k + 1 < curve.length; k += 1) if (curve[k] > 0 !== curve[k + 1] > 0) found.push([[k, 0], [k + 1, 0]]);
  return found;
}

/** Inputs of the network at positions between lattice points. positions: [[column, row]]; rows are weighted means. */
function between(lattice, positions, side, width) {
  const rows = new Float32Array(positions.length * width);
  positions.forEach(([column, row], n) => {
    const c = Math.min(Math.floor(column), side - 2), r = Math.max(0, Math.min(Math.floor(row), side - 2));
    const s = column - c, t = row - r, flat = lattice.length === side * width;
    for (let k = 0; k < width; k += 1) {
      const at = (y, x) => lattice[((flat ? 0 : y) * side + x) * width + k];
      rows[n * width + k] = (1 - t) * ((1 - s) * at(r, c) + s * at(r, c + 1)) + t * ((1 - s) * at(r + 1, c) + s * at(r + 1, c + 1));
    }
  });
  return rows;
}

/** From a layer's numbers to two: chosen units, the axes that the runner found, or the units themselves (three are
    turned by a view). Gives Float32Array [count * 2]. */
function flatten({ values, width }, count, axes, units, view) {
  const flat = new Float32Array(count * 2);
  const take = units && units[0] < width && units[1] < width ? units : null;
  for (let row = 0; row < count; row += 1) {
    const start = row * width;
    let x = 0, y = 0;
    if (take) { x = values[start + take[0]]; y = values[start + take[1]]; }
    else if (width === 1) x = values[start];
    else if (width === 2) { x = values[start]; y = values[start + 1]; }
    else if (width === 3) {
      const [a, b, c] = [values[start], values[start + 1], values[start + 2]];
      const turned = a * Math.sin(view.yaw) + b * Math.cos(view.yaw);
      x = a * Math.cos(view.yaw) - b * Math.sin(view.yaw);
      y = c * Math.cos(view.pitch) + turned * Math.sin(view.pitch);
    } else if (axes) {
      for (let k = 0; k < width; k += 1) {
        const centred = values[start + k] - axes[k];
        x += centred * axes[width + k];
        y += centred * axes[2 * width + k];
      }
    }
    flat[row * 2] = x;
    flat[row * 2 + 1] = y;
  }
  return flat;
}

/** The box [low x, high x, low y, high y] of all positions, with a little room. What lies far beyond the middle 96 in a
    hundred does not stretch it: a single row must not press all others into a line. */
function box(...many) {
  const found = [0, 1].flatMap((axis) => {
    const values = many.flatMap((flat) => Array.from(flat).filter((x, k) => k % 2 === axis && Number.isFinite(x)));
    values.sort((a, b) => a - b);
    const at = (share) => values[Math.round(share * (values.length - 1))] || 0, reach = OUTSIDE * (at(0.98) - at(0.02));
    return [Math.max(at(0), at(0.02) - reach), Math.min(at(1), at(0.98) + reach)];
  });
  for (const k of [0, 2]) {
    const span = found[k + 1] - found[k];
    const room = span > 1e-9 ? 0.05 * span : 1;
    found[k] -= room; found[k + 1] += room;
  }
  return found;
}

const OUTSIDE = 0.6;

/** Positions in a box as shares of it, 0 to 1 to the right and upwards. */
function placed(flat, [left, right, low, high]) {
  const out = new Float32Array(flat.length);
  for (let k = 0; k < flat.length; k += 2) {
    out[k] = (flat[k] - left) / (right - left);
    out[k + 1] = (flat[k + 1] - low) / (high - low);
  }
  return out;
}

const mixed = (a, b, t) => a.map((x, k) => (1 - t) * x + t * b[k]);
