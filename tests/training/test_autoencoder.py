"""Autoencoders: equal to plain torch, tied weights shared, what they record, and the best that a linear one can do."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from core.choices.networks import Autoencoder, DenseLayer
from core.data.baselines import baselines
from core.experiment import Experiment
from core.recording.sink import MemorySink
from core.refusal import Refusal
from core.training import layers
from core.training.loop import train
from core.training.replicas import Replicas
from tests.training.made import classes, digits
from tests.training.twins import joint_sgd, separate_sgd

STEPS = 50


def chosen(decoder="free", widths=(9, 5), bottleneck=2, activation="tanh"):
    stack = tuple(DenseLayer(units=units, activation={"kind": activation}) for units in widths)
    return Autoencoder(layers=stack, bottleneck=bottleneck, decoder=decoder)


def experiment(**changes):
    given = {"network": chosen().model_dump(mode="json"), "loss": "squared_error", "training.epochs": 3}
    return Experiment().changed(given | {path.replace("__", "."): value for path, value in changes.items()})


def plain_walk(module, x):
    """The tied network written out by hand from the module's own tensors."""
    p = dict(module.named_parameters())
    w1, w2, w3 = (p[f"parts.{n}_linear.weight"] for n in ("1", "2", "bottleneck"))
    b = [p[f"parts.{n}_linear.bias"] for n in ("1", "2", "bottleneck", "decoder_1", "decoder_2", "output")]
    h = torch.tanh(torch.tanh(x @ w1.T + b[0]) @ w2.T + b[1]) @ w3.T + b[2]
    return torch.tanh(torch.tanh(h @ w3 + b[3]) @ w2 + b[4]) @ w1 + b[5]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("decoder", ["free", "tied"])
@pytest.mark.parametrize("replicas", [1, 3])
@pytest.mark.parametrize("wide", [layers.WIDE, 1])
def test_trains_as_torch_does(decoder, replicas, dtype, wide, monkeypatch):
    monkeypatch.setattr(layers, "WIDE", wide)
    nets = [chosen(decoder).build((7,), 7, torch.Generator().manual_seed(r)).to(dtype) for r in range(replicas)]
    together = Replicas(nets)
    separate, joint = separate_sgd(nets), joint_sgd(together)
    random, near = torch.Generator().manual_seed(1), 1e-12 if dtype == torch.float64 else 1e-5
    for _ in range(STEPS):
        x = torch.randn(replicas, 12, 7, generator=random, dtype=dtype)
        together.gradients.zero_()
        walk = together.walk(x)
        (walk[-1] - x).square().mean(-1).sum().div(12).backward()
        for r, net in enumerate(nets):
            separate[r].zero_grad()
            outputs = net(x[r]) if decoder == "free" else plain_walk(net, x[r])
            (outputs - x[r]).square().mean().backward()
            assert torch.allclose(walk[-1][r], outputs, atol=near)
            separate[r].step()
        joint.step()
    for r, net in enumerate(nets):
        for mine, theirs in zip(together.to_module(r).parameters(), net.parameters(), strict=True):
            assert torch.allclose(mine, theirs, atol=near)


@pytest.mark.parametrize("decoder", ["free", "tied"])
def test_counts_its_parameters_and_widths(decoder):
    network = chosen(decoder)
    built = network.build((7,), 7, torch.Generator())
    assert sum(p.numel() for p in built.parameters()) == network.parameters((7,), 7)
    assert [7, *(block.units for block in built.blocks)] == network.widths((7,), 7)
    assert built.blocks[network.middle].units == 2


def test_labels_are_never_looked_at():
    """Shuffled labels change nothing but the labels in the record."""
    splits, sinks = classes(), [MemorySink(), MemorySink()]
    train(experiment(), splits, sinks[0])
    splits.targets[:] = np.roll(splits.targets, 7)
    train(experiment(), splits, sinks[1])
    seen = [sink.table("epochs").drop(["seconds", "recording_seconds"]) for sink in sinks]
    assert seen[0].equals(seen[1])
    rows = [sink.table("rows").column("target").to_pylist() for sink in sinks]
    assert rows[0] != rows[1]


def test_what_is_recorded_is_what_the_exported_network_makes_of_the_rows():
    splits, sink = classes(), MemorySink()
    summary = train(experiment(), splits, sink)
    last = sink.table("codes").to_pylist()[-1]
    network = chosen().build((6,), 6, torch.Generator())
    from safetensors.torch import load

    network.load_state_dict(load(sink.weights[0, "last"][1]))
    x = torch.as_tensor(splits.inputs[0, splits.validation[0]])
    walk = [each.detach().numpy() for each in network.walk(x)]
    back, code = walk[-1], walk[network.blocks[2].output]
    assert np.allclose(np.reshape(last["codes"], code.shape), code, atol=1e-5)
    assert np.allclose(last["errors"], ((x.numpy() - back) ** 2).mean(1), atol=1e-5)
    assert np.allclose(np.reshape(last["back"], (-1, 6)), back[last["shown"]], atol=1e-5)
    spread = ((x.numpy() - x.numpy().mean(0)) ** 2).sum()
    expected = 1 - ((x.numpy() - back) ** 2).sum() / spread
    assert summary.validation_score.median == pytest.approx(expected, abs=1e-5)


def test_its_linear_baseline_is_the_plane_of_the_principal_components():
    splits = chosen().asked(classes())
    made = {(b.name, b.split): b for b in baselines(splits, experiment().loss)}
    x = splits.inputs[0].astype(float)
    model = PCA(2).fit(x[splits.train[0]])
    part = x[splits.validation[0]]
    left = ((part - model.inverse_transform(model.transform(part))) ** 2).sum()
    assert made["linear", "validation"].score == pytest.approx(1 - left / ((part - part.mean(0)) ** 2).sum())


def test_a_linear_autoencoder_comes_close_to_the_principal_components_and_never_beats_them():
    splits, sink = chosen().asked(classes(rows=400)), MemorySink()
    linear = chosen(widths=(8,), activation="identity").model_dump(mode="json")
    change = {"network": linear, "training.epochs": 150, "optimizer.learning_rate": 0.01}
    summary = train(experiment().changed(change), splits, sink)
    best = {(b.name, b.split): b.score for b in baselines(splits, experiment().loss)}["linear", "train"]
    assert best - 0.03 < summary.train_score.median <= best + 1e-3


def test_folds_are_refused_in_words():
    with pytest.raises(Refusal, match="choose another split"):
        train(experiment(), classes(folds=3, own_inputs=True), MemorySink())


def test_digits_through_two_numbers_beat_two_principal_components():
    splits, sink = digits(), MemorySink()
    network = Autoencoder(layers=(DenseLayer(units=64), DenseLayer(units=32))).model_dump(mode="json")
    change = {"network": network, "training.epochs": 30, "optimizer.learning_rate": 0.005}
    summary = train(experiment().changed(change), splits, sink)
    asked = chosen().asked(splits)
    best = {(b.name, b.split): b.score for b in baselines(asked, experiment().loss)}["linear", "validation"]
    assert summary.validation_score.median > best + 0.1
