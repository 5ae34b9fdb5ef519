"""What is recorded of recurrent layers step by step, against autograd in float64 and against the network itself."""

import numpy as np
import pytest
import torch

from core.choices.sequence_modules import LSTM
from core.data.prepare import prepare
from core.experiment import Experiment
from core.recording.sink import MemorySink
from core.training.loop import train
from core.training.probing import probe
from core.training.program import network_of
from core.training.replicas import Replicas
from core.training.rows import Rows


def chosen(*layers, **changes):
    given = {"data": {"kind": "delay", "rows": 120, "length": 12}, "training.epochs": 3}
    given |= {"network": {"kind": "recurrent", "layers": list(layers)}}
    return Experiment().changed(given | {path.replace("__", "."): value for path, value in changes.items()})


def splits_of(experiment):
    return prepare(experiment.data.load(), experiment.split, experiment.preparation).splits


@pytest.fixture(scope="module")
def recorded():
    experiment = chosen({"kind": "lstm", "units": 8}, {"kind": "elman", "units": 6}, training__replicas=2)
    splits, sink = splits_of(experiment), MemorySink()
    train(experiment, splits, sink)
    return experiment, splits, sink


def by_hand(kind, weights, x, units):
    """The formulas of torch.nn's documentation, step by step; keeps the gradient of every state and cell."""
    first, back = weights["weight_ih_l0"], weights["weight_hh_l0"]
    state, cell, states, cells = x.new_zeros(len(x), units), x.new_zeros(len(x), units), [], []
    for t in range(x.shape[1]):
        a, b = x[:, t] @ first.T + weights["bias_ih_l0"], state @ back.T + weights["bias_hh_l0"]
        if kind == "elman":
            state = torch.tanh(a + b)
        elif kind == "gru":
            (r, z, n), (hr, hz, hn) = a.split(units, 1), b.split(units, 1)
            r, z = torch.sigmoid(r + hr), torch.sigmoid(z + hz)
            state = (1 - z) * torch.tanh(n + r * hn) + z * state
        else:
            i, f, g, o = (a + b).split(units, 1)
            cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
            cell.retain_grad()
            cells.append(cell)
            state = torch.sigmoid(o) * torch.tanh(cell)
        state.retain_grad()
        states.append(state)
    return states, cells


@pytest.mark.parametrize("kind", ["elman", "gru", "lstm"])
def test_the_gradient_by_step_is_that_of_autograd(kind):
    """In float64, from the formulas."""
    experiment = chosen({"kind": kind, "units": 8})
    splits = splits_of(experiment)
    plain = network_of(experiment, splits, 0)
    rows = torch.as_tensor(splits.train[0][:40])[None]
    source = Rows(splits, [0], torch.device("cpu"))
    measured = probe(Replicas([plain]), source.inputs(rows), source.targets(rows), experiment.loss).measured
    found = {each.quantity: each for each in measured.times}

    plain = plain.double()
    x = source.inputs(rows)[0].double().view(40, 12, 1)
    states, cells = by_hand(kind, dict(plain.parts["1_" + kind].named_parameters()), x, 8)
    loss = experiment.loss.per_row(plain.parts["output_linear"](states[-1]), source.targets(rows)[0])
    loss.mean().backward()
    for name, wanted in (("state", states), ("cell", cells)):
        if wanted:
            sizes = [each.grad.square().mean().sqrt().item() for each in wanted]
            assert np.allclose(found[name].gradient[0], sizes, rtol=1e-4)
            values = torch.stack([each.detach() for each in wanted])
            assert np.allclose(found[name].mean[0], values.mean((1, 2)), atol=1e-6)
            assert np.allclose(found[name].std[0], values.var(1, correction=0).mean(1).sqrt(), atol=1e-6)


def test_every_detailed_epoch_has_every_quantity_of_every_layer_and_replica(recorded):
    _, _, sink = recorded
    frame = sink.table("times").to_pandas()
    assert sorted(frame["epoch"].unique()) == [0, 1, 2, 3]
    assert sorted(frame["replica"].unique()) == [0, 1]
    lstm = {"drive", "state", "cell", "input", "forget", "candidate", "output"}
    for layer, wanted in ((1, lstm), (2, {"drive", "state"})):
        for _, rows in frame[frame["layer"] == layer].groupby(["epoch", "replica"]):
            assert set(rows["quantity"]) == wanted
    with_gradient = frame[frame["quantity"].isin(["drive", "state", "cell"])]
    assert all(len(values) == 12 and np.isfinite(values).all() for values in with_gradient["gradient"])


def test_the_saturated_share_of_a_gate_is_counted_where_its_slope_is_under_a_twentieth():
    experiment = chosen({"kind": "lstm", "units": 8, "forget_bias": 6.0})
    splits = splits_of(experiment)
    source, rows = Rows(splits, [0], torch.device("cpu")), torch.as_tensor(splits.train[0][:40])[None]
    network = Replicas([network_of(experiment, splits, 0)])
    measured = probe(network, source.inputs(rows), source.targets(rows), experiment.loss).measured
    found = {each.quantity: each for each in measured.times}
    network.set_mode("probe")
    network.walk(source.inputs(rows))
    gate = torch.stack(network.layers[1].seen["forget"])[:, 0].double()
    flat = (gate * (1 - gate) < 0.05 * 0.25).double().mean((1, 2)).numpy()
    assert np.allclose(found["forget"].saturated_share[0], flat)
    assert flat.mean() > 0.5


def test_single_rows_are_what_the_kept_network_makes_of_them(recorded):
    experiment, splits, sink = recorded
    frame = sink.table("sequences").to_pandas()
    last = frame[frame["epoch"] == 3]
    from safetensors.torch import load

    plain = network_of(experiment, splits, 0)
    plain.load_state_dict(load(sink.weights[0, "last"][1]))
    assert isinstance(plain.parts["1_lstm"], LSTM)
    places = {row: place for place, row in enumerate(splits.rows)}
    rows = sorted(last["row"].unique())
    assert len(rows) == 6 and set(rows) <= set(splits.rows[splits.validation[0]])
    x = torch.as_tensor(splits.inputs[0][[places[row] for row in rows]])
    walk = plain.walk(x)
    for k, row in enumerate(rows):
        for layer, place in ((1, 2), (2, 3)):
            told = last[(last["row"] == row) & (last["layer"] == layer) & (last["quantity"] == "state")]["values"].iloc[
                0
            ]
            assert np.allclose(np.asarray(told).reshape(12, -1), walk[place][k].detach().numpy(), atol=1e-6)
        given = frame[(frame["row"] == row) & (frame["quantity"] == "input")]["values"].iloc[0]
        assert np.allclose(given, x[k].numpy())


def test_nothing_is_told_of_networks_without_time():
    experiment = Experiment().changed({"training.epochs": 1})
    sink = MemorySink()
    train(experiment, splits_of(experiment), sink)
    assert sink.table("times").num_rows == 0 and sink.table("sequences").num_rows == 0
