"""Every activation's curve and slope against torch and its autograd; what is flat and what can die."""

import numpy as np
import pytest
import torch

from core.analysis.functions import is_flat
from core.choices.activations import ACTIVATIONS
from core.recording.watched import flat_values

OTHERS = {"leaky_relu": {"negative_slope": 0.3}, "prelu": {"first_slope": 0.4}, "elu": {"floor": 2.0},
          "sine": {"frequency": 3.0}}  # fmt: skip
CASES = [(kind, {}) for kind in ACTIVATIONS] + list(OTHERS.items())
KINKS = {0.0, 3.0, -3.0}


@pytest.mark.parametrize(("kind", "fields"), CASES, ids=[f"{k}-{'own' if f else 'usual'}" for k, f in CASES])
def test_curve_and_slope_are_torchs(kind, fields):
    chosen = ACTIVATIONS[kind](**fields)
    z = np.linspace(-12, 12, 4_801)
    z = z[~np.isin(np.round(z, 9), list(KINKS))]
    x = torch.tensor(z, requires_grad=True)
    y = chosen.build().double()(x)
    y.sum().backward()
    np.testing.assert_allclose(chosen.value(z), y.detach(), atol=1e-7)
    np.testing.assert_allclose(chosen.slope(z), x.grad, atol=1e-7)


def test_sigmoids_slope_is_a_quarter_at_most():
    """H1."""
    slope = ACTIVATIONS["sigmoid"]().slope
    z = np.linspace(-20, 20, 100_001)
    assert slope(z).max() == slope(np.array([0.0]))[0] == 0.25
    assert slope(np.array([5.0]))[0] == pytest.approx(0.0066, rel=0.01)
    assert slope(np.array([10.0]))[0] == pytest.approx(4.5e-5, rel=0.01)


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_what_saturates_is_flat_on_both_sides_and_what_dies_is_zero_on_one(kind):
    chosen = ACTIVATIONS[kind]()
    ends = np.array([-50.0, 50.0])
    steepest = np.abs(chosen.slope(np.linspace(-10, 10, 4_001))).max()
    is_flat_there = np.abs(chosen.slope(ends)) < 1e-6
    assert chosen.saturates == bool(is_flat_there.all() and steepest > 0)
    silent = chosen.value(np.linspace(-50, -1, 99)) == 0
    dies = bool(silent.all() and not is_flat_there.all())
    assert chosen.can_die == dies


@pytest.mark.parametrize("kind", [kind for kind, choice in ACTIVATIONS.items() if choice.saturates])
def test_flat_values_lie_where_the_slope_says(kind):
    chosen = ACTIVATIONS[kind]()
    centre, reach = flat_values(chosen)
    z = np.linspace(-8, 8, 3_203)
    by_value = np.abs(chosen.value(z).astype(np.float32) - np.float32(centre)) > np.float32(reach)
    near_border = np.abs(chosen.slope(z) - 0.05 * chosen.slope(np.zeros(1))) < 1e-3
    assert np.array_equal(by_value[~near_border], is_flat(chosen, z)[~near_border])
    assert 0.2 < by_value.mean() < 0.9


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_every_one_trains_and_is_watched(kind):
    from core.recording.sink import MemorySink
    from core.training.loop import train
    from tests.training.made import classes, experiment

    chosen = experiment([{"units": 12, "activation": kind}], training__epochs=15, training__batch_size=8)
    sink = MemorySink()
    summary = train(chosen, classes(), sink)
    if kind != "step":  # only its output layer learns
        assert summary.train_score.median > 0.85
    described = sink.meta["layers"][0]
    assert described["activation"] == kind
    assert described["parameters"] == 12 * 7 + ACTIVATIONS[kind].parameters
    assert summary.parameters == chosen.network.parameters((6,), 3)
    row = [row for row in sink.table("layers").to_pylist() if row["layer"] == 1][-1]
    assert (row["saturated_share"] is not None) == ACTIVATIONS[kind].saturates
    assert (row["dead_share"] is not None) == ACTIVATIONS[kind].can_die


def test_each_replica_learns_a_slope_of_its_own():
    import safetensors.torch

    from core.recording.sink import MemorySink
    from core.training.loop import train
    from tests.training.made import classes, experiment

    sink = MemorySink()
    chosen = experiment([{"units": 8, "activation": "prelu"}], training__epochs=10, training__replicas=3)
    train(chosen, classes(), sink)
    slopes = [float(safetensors.torch.load(sink.weights[r, "last"][1])["parts.1_activation.weight"]) for r in range(3)]
    assert len(set(slopes)) == 3
    assert all(abs(slope - 0.25) > 1e-3 for slope in slopes)


def test_selu_after_lecun_keeps_mean_0_and_spread_1():
    """Klambauer 2017: a fixed point, through many layers."""
    from core.choices.networks import Dense, DenseLayer

    layers = tuple(DenseLayer(units=256, activation={"kind": "selu"}) for _ in range(16))
    net = Dense(layers=layers, initialisation={"kind": "lecun"}).build((256,), 2, torch.Generator().manual_seed(0))
    outputs = net.walk(torch.randn(400, 256, generator=torch.Generator().manual_seed(1)))
    last = outputs[net.blocks[-2].output].detach()
    assert abs(float(last.mean())) < 0.15
    assert 0.75 < float(last.std()) < 1.25
