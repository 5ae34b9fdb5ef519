"""A trained network, ready to predict. Needs torch, numpy and scikit-learn; nothing else.

    python network.py rows.csv            one JSON object for each row of a CSV file with a header
    python network.py rows.csv --csv      the same as CSV

In a program: `Predictor().predict([{"age": 31, "city": "Oslo"}])`. Missing cells are empty, decimals have a point,
dates are 2024-01-31 or 2024-01-31 18:30. What was done to a row (filled, unreadable, never seen) is in its notes."""

import argparse
import csv
import json
import math
import sys
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

FOLDER = Path(__file__).resolve().parent
HUGE = 1e30  # numbers beyond count as missing, as in training
MISSING = {"", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "none", "?", "-"}
TRUE = {"true", "yes", "y", "t", "on", "ja", "oui", "vrai", "wahr", "sí", "si", "sim", "da"}
FALSE = {"false", "no", "n", "f", "off", "nein", "non", "faux", "falsch", "não"}
NORMALISATIONS = {
    ("dense", "batch"): nn.BatchNorm1d,
    ("dense", "layer"): nn.LayerNorm,
    ("convolution", "batch"): nn.BatchNorm2d,
    ("convolution", "layer"): lambda channels: nn.GroupNorm(1, channels),
}
WEIGHTED = {
    "embedding": ("levels", lambda size, _: nn.Embedding(*size)),
    "dense": ("linear", lambda size, _: nn.Linear(size[1], size[0])),
    "convolution": (
        "convolution",
        lambda size, layer: nn.Conv2d(size[1], size[0], size[2], layer["stride"], layer["padding"]),
    ),
}
POOLS = {
    "pooling": lambda x, layer: (
        functional.max_pool2d(x, layer["size"]) if layer["method"] == "max" else functional.avg_pool2d(x, layer["size"])
    ),
    "global_pooling": lambda x, layer: (
        x.amax((2, 3), keepdim=True) if layer["method"] == "max" else x.mean((2, 3), keepdim=True)
    ),
}
ACTIVATIONS = {
    "identity": lambda x, _: x,
    "step": lambda x, _: x.relu().sign(),
    "sigmoid": lambda x, _: x.sigmoid(),
    "tanh": lambda x, _: x.tanh(),
    "relu": lambda x, _: x.relu(),
    "leaky_relu": lambda x, chosen: functional.leaky_relu(x, chosen["negative_slope"]),
    "elu": lambda x, chosen: functional.elu(x, chosen["floor"]),
    "selu": lambda x, _: functional.selu(x),
    "gelu": lambda x, _: functional.gelu(x),
    "silu": lambda x, _: functional.silu(x),
    "softplus": lambda x, _: functional.softplus(x),
    "mish": lambda x, _: functional.mish(x),
    "hard_sigmoid": lambda x, _: functional.hardsigmoid(x),
    "sine": lambda x, chosen: (chosen["frequency"] * x).sin(),
    "prelu": lambda x, chosen: functional.prelu(x, chosen["slopes"]),
}
READ = {
    "linear": lambda x: x,
    "relu": lambda x: x.relu(),
    "sigmoid": lambda x: x.sigmoid(),
    "softmax": lambda x: x.softmax(-1),
    "sigmoid_twice": lambda x: x.sigmoid().sigmoid(),
    "softmax_twice": lambda x: x.softmax(-1).softmax(-1),
}

CELLS = {"elman": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM, "fused_lstm": nn.LSTM}
READS = {
    "last": lambda x: x[:, -1],
    "mean": lambda x: x.mean(1),
    "every": lambda x: x.flatten(1),
    "each_step": lambda x: x,
}


def named(network):
    """Names and layers in the order of a row's way; an autoencoder's dense layers come again on the way back."""
    layers = [(str(number), layer) for number, layer in enumerate(network["layers"], 1)]
    if network.get("embedding"):
        layers.insert(0, ("embedding", {**network["embedding"], "activation": {"kind": "identity"}, "skip": False}))
    if network["kind"] != "autoencoder":
        return layers
    back = [{**layer, "skip": False} for _, layer in reversed(layers) if layer.get("kind", "dense") == "dense"]
    middle = {"kind": "dense", "activation": {"kind": "identity"}, "skip": False}
    return [*layers, ("bottleneck", middle), *((f"decoder_{n}", layer) for n, layer in enumerate(back, 1))]


class Network(nn.Module):
    """Layers as they were chosen, then a linear output layer. Dropout rests now. state: the weights, by whose shapes
    the layers are built; shape: of one row (channels, height, width of a picture; steps, values of a sequence); read:
    what is taken of a sequence."""

    def __init__(self, layers, shape, state, read="every", levels=()):
        super().__init__()
        self.levels = levels
        self.layers, self.shape, self.parts, self.read = layers, shape, nn.ModuleDict(), READS[read]
        state, own = dict(state), []
        for name, layer in [*layers, ("output", {"kind": "dense"})]:
            kind = layer.get("kind", "dense")
            if kind in WEIGHTED:
                part = f"{name}_{WEIGHTED[kind][0]}"
                if f"parts.{part}.weight" in state:
                    own.append(state[f"parts.{part}.weight"])
                else:  # tied: the weight of the layer that it turns round
                    state[f"parts.{part}.weight"] = own.pop().mT
                self.parts[part] = WEIGHTED[kind][1](state[f"parts.{part}.weight"].shape, layer)
            if kind in CELLS:
                more = {"nonlinearity": layer["function"]} if kind == "elman" else {}
                values = state[f"parts.{name}_{kind}.weight_ih_l0"].shape[1]
                self.parts[f"{name}_{kind}"] = CELLS[kind](values, layer["units"], batch_first=True, **more)
            if layer.get("activation", {}).get("kind") == "prelu":
                self.parts[f"{name}_activation"] = nn.PReLU(len(state[f"parts.{name}_activation.weight"]))
            if layer.get("normalisation", "none") != "none":
                self.parts[f"{name}_normalisation"] = NORMALISATIONS[kind, layer["normalisation"]](layer["units"])
        self.load_state_dict(state)

    def forward(self, x):
        seen = [x.view(len(x), *self.shape)]
        for name, layer in self.layers:
            if seen[-1].dim() == 3 and layer["kind"] == "dense":
                seen[-1] = self.read(seen[-1])
            seen.append(self.passed(name, layer, seen))
            if name == "bottleneck":
                self.code = seen[-1]
        return self.parts["output_linear"](self.flat(seen[-1])).flatten(1)

    def flat(self, x):
        return self.read(x) if x.dim() == 3 else x.flatten(1)

    def passed(self, name, layer, seen):
        """What a layer makes of the last of `seen`: the row as it was before every layer."""
        x, kind = seen[-1], layer.get("kind", "dense")
        if kind in POOLS:
            return POOLS[kind](x, layer)
        if kind in CELLS:
            return self.parts[f"{name}_{kind}"](x)[0]
        module = self.parts[f"{name}_{WEIGHTED[kind][0]}"]
        y = self.embedded(module, x) if kind == "embedding" else module(self.flat(x) if kind == "dense" else x)
        if f"{name}_normalisation" in self.parts:
            units = y.flatten(0, 1) if y.dim() == 3 else y  # steps of a sequence are more rows
            y = self.parts[f"{name}_normalisation"](units).view_as(y)
        slopes = self.parts[f"{name}_activation"].weight if f"{name}_activation" in self.parts else None
        y = ACTIVATIONS[layer["activation"]["kind"]](y, {**layer["activation"], "slopes": slopes})
        back = int(layer["skip"])
        earlier = seen[-back] if 0 < back <= len(seen) else None
        return y if earlier is None or earlier.shape != y.shape else y + earlier

    def embedded(self, table, x):
        """The vectors of levels in place of their numbers, which come last; zeros for a level never seen."""
        numbers, counts = x[:, -len(self.levels) :], torch.tensor(self.levels)
        vectors = table(numbers.clamp(min=0).long() + counts.cumsum(0) - counts) * (numbers >= 0).unsqueeze(-1)
        return torch.cat([x[:, : -len(self.levels)], vectors.flatten(1)], 1)


class Predictor:
    """A run as this folder holds it. replica: which of several trainings; weights: of the best or the last epoch."""

    def __init__(self, replica=0, weights=None, folder=FOLDER):
        self.experiment = json.loads((folder / "experiment.json").read_text())
        preparation = json.loads((folder / "preparation.json").read_text())
        label = weights or ("best" if self.experiment["training"]["early_stopping"] else "last")
        path = folder / "weights" / f"replica-{replica}-{label}.safetensors"
        if not (path.is_file() and preparation):
            kept = ", ".join(sorted(other.stem for other in path.parent.glob("*.safetensors"))) or "none at all"
            sys.exit(f"There are no weights {path.stem} to predict with: this run kept {kept}.")
        self.fitted = preparation[replica if len(preparation) > 1 else 0]
        shape = self.fitted.get("shape") or [len(self.fitted["features"])]
        chosen = self.experiment["network"]
        is_flat = all(layer.get("kind", "dense") == "dense" for layer in chosen["layers"])
        if chosen["kind"] == "dense" or chosen["kind"] == "autoencoder" and is_flat:
            shape = [len(self.fitted["features"])]
        levels, state = self.fitted.get("levels", ()), read_safetensors(path)
        self.network = Network(named(chosen), shape, state, chosen.get("read", "every"), levels)
        self.network.eval()

    def predict(self, rows):
        """For each row (a dict by column): prediction (of several targets one by name), notes and, of a classification,
        probabilities."""
        notes = [[] for _ in rows]
        ready = np.zeros((len(rows), len(self.fitted["features"])), np.float32)
        ready[:, self.fitted["places"]] = prepared(self.fitted, rows, notes)  # a level of other folds stays 0
        if self.experiment["network"]["kind"] == "autoencoder":
            return self.given_back(torch.from_numpy(np.nan_to_num(ready, nan=0.0)), notes)
        with torch.inference_mode():
            answers = self.answers(self.network(torch.from_numpy(np.nan_to_num(ready, nan=0.0)))).tolist()
        names, classes, told = self.fitted["target"]["column"], self.fitted["target"].get("classes"), []
        for answer, said in zip(answers, notes, strict=True):
            broken = not all(map(math.isfinite, answer))
            best = classes[int(np.argmax(answer))] if classes else answer[0]
            best = dict(zip(names, answer, strict=True)) if isinstance(names, list) else best
            said += ["the network's answer is not a number"] * broken
            told.append({"prediction": None if broken else best, "notes": said})
            shares = dict(zip(classes or [], answer, strict=False))
            told[-1].update({"probabilities": shares} if classes and not broken else {})
        return told

    def given_back(self, ready, notes):
        """Of an autoencoder, for each row: the numbers of the bottleneck, the mean squared error, and notes."""
        with torch.inference_mode():
            back = READ[self.experiment["loss"]["output"]](self.network(ready))
        errors, codes = (back - ready).square().mean(1).tolist(), self.network.code.tolist()
        return [
            {"prediction": error if math.isfinite(error) else None, "code": code, "notes": said}
            for error, code, said in zip(errors, codes, notes, strict=True)
        ]

    def answers(self, outputs):
        """Probabilities of the classes, or values in their own unit. outputs: as the last layer gives them."""
        loss, target = self.experiment["loss"], self.fitted["target"]
        shares = READ[loss["output"]](outputs)
        if target["task"] == "regression":
            mean, std = (torch.tensor(target[name], dtype=torch.float64) for name in ("mean", "std"))
            return shares.double() * std + mean
        if loss["kind"] == "hinge" and loss["output"] == "linear":
            shares = shares.softmax(-1)
        if loss["kind"] == "binary_cross_entropy":
            shares = shares.clamp(0, 1)
        if shares.shape[-1] == 1:
            return torch.cat([1 - shares, shares], -1)
        total = shares.clamp(min=0).sum(-1, keepdim=True)
        divided = shares.clamp(min=0) / total.clamp(min=1e-30)
        return torch.where(total > 0, divided, total * 0 + 1 / shares.shape[-1])


def prepared(fitted, rows, notes):
    """Rows as training prepared them, float64 [rows, features]: numbers and parts of dates, flags, levels, marks;
    last the numbers of levels."""
    columns, ready, near = {}, [], fitted["neighbours"]
    for entry in fitted["numbers"]:
        columns[entry["column"]] = x = column(rows, entry, notes if entry["column"] not in columns else None, near)
        ready.append(scaled(x if near else np.where(np.isnan(x), entry["fill"], x), entry))
    if near:
        from sklearn.impute import KNNImputer

        imputer = KNNImputer(n_neighbors=5, keep_empty_features=True).fit(np.array(near, float))
        ready = list(imputer.transform(np.stack(ready, 1)).T)
    for entry in fitted["flags"]:
        columns[entry["column"]] = x = column(rows, entry, notes, None)
        ready.append(np.where(np.isnan(x), entry["fill"], x))
    for entry in fitted["categories"]:
        ready += list(levels(rows, entry, notes).T)
    ready += [np.isnan(columns[name]).astype(float) for name in fitted["marks"]]
    for entry in fitted.get("embedded", ()):
        hot = levels(rows, entry, notes)
        ready.append(np.where(hot.any(1), hot.argmax(1), -1))
    return np.stack(ready, 1)


def column(rows, entry, notes, near):
    """A column as numbers, NaN where a cell is missing or cannot be read; that is noted, unless notes is None."""
    values, part = np.full(len(rows), np.nan), entry.get("part", "flag")
    source = "from the nearest training rows" if near else f"with {entry['fill']:g}"
    for place, cell in enumerate(row.get(entry["column"]) for row in rows):
        try:
            values[place] = value_of(str(cell).strip(), part, entry)
        except (ValueError, OverflowError):
            why = "is missing" if is_missing(cell) else f"cannot be read ({str(cell)[:40]!r})"
            if notes is not None:
                done = f"filled {source}" if near or part in (None, "flag") else "filled with what is usual"
                notes[place].append(f"{entry['column']!r} {why}: {done}")
    return values


def is_missing(cell):
    return cell is None or cell != cell or str(cell).strip() in MISSING


def value_of(text, part, entry):
    """A number, a flag as 0 or 1, or a part of a date: weekday (0 is Monday), days since the first date in training,
    … (in UTC, where it has a zone). Raises ValueError."""
    if part == "flag" and text.lower() in TRUE | FALSE:
        return float(text.lower() in TRUE)
    if part in (None, "flag"):
        value = float(text)
        if not abs(value) <= HUGE or "_" in text or part == "flag" and value not in (0, 1):
            raise ValueError(text)
        return value
    moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=None) - (moment.utcoffset() or timedelta())
    days = (moment - datetime(1970, 1, 1)) // timedelta(microseconds=1) / 86_400_000_000 - entry["first_day"]
    parts = {"year": moment.year, "month": moment.month, "weekday": moment.weekday(), "hour": moment.hour, "days": days}
    return float(parts[part])


def scaled(x, entry):
    """Transformed (log: sign · ln(1 + |x|); power: Yeo and Johnson 2000), centred, divided by the spread, cut."""
    size = np.log1p(np.abs(x))
    if entry["transform"] == "log":
        x = np.sign(x) * size
    if entry["transform"] == "power":
        power = np.where(x < 0, 2 - entry["power"], entry["power"])
        with np.errstate(all="ignore"):
            x = np.clip(np.sign(x) * np.where(power == 0, size, np.expm1(power * size) / power), -HUGE, HUGE)
    cut = math.inf if entry["cut"] is None else entry["cut"]
    return np.clip((x - entry["centre"]) / entry["spread"], -cut, cut)


def levels(rows, entry, notes):
    """A column of ones and zeros per level, then one for all rare levels. A level never seen has zeros in all."""
    places = {level: place for place, level in enumerate(entry["levels"] + entry["rare"])}
    hot = np.zeros((len(rows), len(entry["levels"]) + bool(entry["rare"])))
    for place, cell in enumerate(row.get(entry["column"]) for row in rows):
        word = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
        word = word.lower() if isinstance(cell, bool) else word if word in places else word.strip()
        if cell is None or word not in places and is_missing(cell):
            word = entry["fill"]
            done = "as a level of its own" if word is None else f"as {word!r}"
            notes[place].append(f"{entry['column']!r} is missing: taken {done}")
        if word in places:
            hot[place, min(places[word], len(entry["levels"]))] = 1.0
        elif word is not None:
            notes[place].append(f"{entry['column']!r} is {word[:40]!r}, never seen in training: none of its levels")
    return hot


def read_safetensors(path):
    types, data = {"F64": np.float64, "F32": np.float32, "I64": np.int64}, path.read_bytes()
    start, state = 8 + int.from_bytes(data[:8], "little"), {}
    for name, about in json.loads(data[8:start]).items():
        if name != "__metadata__":
            first, end = (start + offset for offset in about["data_offsets"])
            numbers = np.frombuffer(data[first:end], types[about["dtype"]]).reshape(about["shape"])
            state[name] = torch.from_numpy(numbers.copy())
    return state


def flat(one):
    """An answer as a row of CSV; text that a spreadsheet would run gets a quote before it."""
    answer, shares = one["prediction"], one.get("probabilities", {})
    if isinstance(answer, dict):
        return {**{f"prediction of {name}": value for name, value in answer.items()}, "notes": "; ".join(one["notes"])}
    answer = f"'{answer}" if isinstance(answer, str) and answer[:1] in "=+-@\t\r\n" else answer
    shares = {f"probability of {name}": share for name, share in shares.items()}
    code = {f"number {place}": value for place, value in enumerate(one.get("code", []), 1)}
    return {"prediction": answer, "notes": "; ".join(one["notes"]), **shares, **code}


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("rows", help="CSV file with a header")
    asked.add_argument("--csv", action="store_true", help="print CSV instead of JSON")
    asked.add_argument("--replica", type=int, default=0, help="which of several trainings, from 0")
    asked.add_argument("--weights", choices=["best", "last"], help="of the best or of the last epoch")
    given = asked.parse_args()
    predictor = Predictor(given.replica, given.weights)
    with open(given.rows, encoding="utf-8-sig", newline="") as file:
        mark = max(",;\t", key=file.readline().count)
        file.seek(0)
        told = predictor.predict(list(csv.DictReader(file, delimiter=mark)))
    if not given.csv:
        print(json.dumps(told, indent=1))
    elif told:
        writer = csv.DictWriter(sys.stdout, max(map(flat, told), key=len), lineterminator="\n")
        writer.writeheader()
        writer.writerows(map(flat, told))


if __name__ == "__main__":
    main()
