// A plain network's forward pass over many rows at once, from the numbers that the run recorded. Everything that is
// drawn comes from here; a browser test holds it against torch.

/** The values of every module, place 0 being the input. rows: Float32Array [count * width]; gives [{values, width}]. */
function walk(network, weights, rows, count) {
  const places = [{ values: rows, width: network.inputs }];
  for (const module of network.modules) {
    const input = places[places.length - 1];
    places.push(PASSES[module.kind](module, weights, input, count, places));
  }
  return places;
}

const PASSES = {
  linear(module, weights, input, count) {
    const { width } = input, units = module.units, values = new Float32Array(count * units);
    for (let row = 0; row < count; row += 1) {
      const start = row * width;
      for (let unit = 0; unit < units; unit += 1) {
        let sum = module.bias === null ? 0 : weights[module.bias + unit], at = module.weight + unit * width;
        for (let k = 0; k < width; k += 1) sum += weights[at + k] * input.values[start + k];
        values[row * units + unit] = sum;
      }
    }
    return { values, width: units };
  },
  activation(module, weights, input) {
    const f = FUNCTIONS[module.name](module.parameter);
    return { values: input.values.map(f), width: input.width };
  },
  batch_norm(module, weights, input, count) {
    const { width } = input, values = new Float32Array(input.values.length);
    for (let unit = 0; unit < width; unit += 1) {
      const scale = weights[module.weight + unit] / Math.sqrt(weights[module.variance + unit] + module.eps);
      const shift = weights[module.bias + unit] - weights[module.mean + unit] * scale;
      for (let at = unit; at < values.length; at += width) values[at] = input.values[at] * scale + shift;
    }
    return { values, width };
  },
  layer_norm(module, weights, input, count) {
    const { width } = input, values = new Float32Array(input.values.length);
    for (let row = 0; row < count; row += 1) {
      const own = input.values.subarray(row * width, (row + 1) * width);
      const mean = own.reduce((sum, x) => sum + x, 0) / width;
      const spread = own.reduce((sum, x) => sum + (x - mean) ** 2, 0) / width;
      own.forEach((x, unit) => {
        const normal = (x - mean) / Math.sqrt(spread + module.eps);
        values[row * width + unit] = normal * weights[module.weight + unit] + weights[module.bias + unit];
      });
    }
    return { values, width };
  },
  skip(module, weights, input, count, places) {
    const earlier = places[places.length - 1 - module.back].values;
    return { values: input.values.map((x, at) => x + earlier[at]), width: input.width };
  },
  same: (module, weights, input) => input,
};

const FUNCTIONS = {
  ReLU: () => (x) => Math.max(0, x),
  Sigmoid: () => (x) => 1 / (1 + Math.exp(-x)),
  Tanh: () => Math.tanh,
  Identity: () => (x) => x,
  Step: () => (x) => (x > 0 ? 1 : 0),
  LeakyReLU: (slope) => (x) => (x > 0 ? x : slope * x),
  ELU: (alpha) => (x) => (x > 0 ? x : alpha * Math.expm1(x)),
  SELU: () => (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  Mish: () => (x) => x * Math.tanh(x > 20 ? x : Math.log1p(Math.exp(x))),
  Hardsigmoid: () => (x) => Math.max(0, Math.min(1, x / 6 + 0.5)),
  Sine: (frequency) => (x) => Math.sin(frequency * x),
  SiLU: () => (x) => x / (1 + Math.exp(-x)),
  Softplus: (beta) => (x) => (x * beta > 20 ? x : Math.log1p(Math.exp(beta * x)) / beta),
  GELU: () => (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
};

/** The error function to 1.2e-7 (Press et al., Numerical Recipes, 1992, section 6.2). */
function erf(x) {
  const t = 1 / (1 + 0.5 * Math.abs(x));
  const terms = [0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
    1.00002368, -1.26551223];
  const tail = t * Math.exp(-x * x + terms.reduce((sum, term) => sum * t + term, 0));
  return x >= 0 ? 1 - tail : tail - 1;
}

/** Class of each row and how far it is ahead: {answer, margin}; a single output stands for the second class. */
function answered(outputs, count, threshold) {
  const { values, width } = outputs, answer = new Int16Array(count), margin = new Float32Array(count);
  for (let row = 0; row < count; row += 1) {
    if (width === 1) {
      margin[row] = values[row] - threshold;
      answer[row] = margin[row] > 0 ? 1 : 0;
      continue;
    }
    let best = 0;
    for (let k = 1; k < width; k += 1) if (values[row * width + k] > values[row * width + best]) best = k;
    answer[row] = best;
  }
  return { answer, margin };
}

/** By how much output k is above all others, at each row; with two classes or one output there is one such surface. */
function margins(outputs, count, threshold) {
  const { values, width } = outputs;
  if (width === 1) return [values.map((x) => x - threshold)];
  const found = [];
  for (let k = 0; k < (width === 2 ? 1 : width); k += 1) {
    const own = new Float32Array(count);
    for (let row = 0; row < count; row += 1) {
      let other = -Infinity;
      for (let j = 0; j < width; j += 1) if (j !== k) other = Math.max(other, values[row * width + j]);
      own[row] = values[row * width + k] - other;
    }
    found.push(own);
  }
  return found;
}
