"""An answer at each step of a sequence, with the same weights: against plain torch.nn, trained separately; what each
step may see, how it is scored, and what cannot be asked."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.preprocessing import StandardScaler
from torch import nn

from core.choices.recurrent import Recurrent
from core.data.baselines import baselines
from core.data.prepare import prepare
from core.experiment import Experiment
from core.recording.sink import MemorySink
from core.refusal import Refusal
from core.representation.probes import probes
from core.training.loop import train
from core.training.program import network_of
from core.training.replicas import Replicas
from tests.training.twins import assert_third_is_itself_alone, assert_three_have_scores, joint_sgd, separate_sgd

BATCH, TIME, INPUTS, VALUES, UNITS = 6, 8, 2, 2, 8
LAYERS = [
    {"kind": "gru", "units": UNITS},
    {"kind": "dense", "units": UNITS, "normalisation": "batch", "activation": "tanh"},
    {"kind": "lstm", "units": UNITS},
    {"kind": "dense", "units": UNITS, "normalisation": "layer", "activation": "prelu", "skip": True},
]
NEAR = {torch.float64: 1e-12, torch.float32: 1e-5}


class Twin(nn.Module):
    """The same network of torch.nn alone."""

    def __init__(self):
        super().__init__()
        self.gru, self.first = nn.GRU(INPUTS, UNITS, batch_first=True), nn.Linear(UNITS, UNITS)
        self.batch, self.lstm = nn.BatchNorm1d(UNITS), nn.LSTM(UNITS, UNITS, batch_first=True)
        self.second, self.row = nn.Linear(UNITS, UNITS), nn.LayerNorm(UNITS)
        self.slope, self.output = nn.PReLU(), nn.Linear(UNITS, VALUES)

    def forward(self, x):
        state = self.gru(x)[0]
        normal = self.batch(self.first(state).reshape(-1, UNITS)).reshape(len(x), TIME, UNITS)
        kept = self.lstm(normal.tanh())[0]
        last = self.slope(self.row(self.second(kept))) + kept
        return torch.stack([self.output(last[:, step]) for step in range(TIME)], 1)


def built(seed, dtype):
    choice = Recurrent(layers=LAYERS, read="each_step")
    network = choice.build((TIME, INPUTS), TIME * VALUES, torch.Generator().manual_seed(seed)).to(dtype)
    assert sum(p.numel() for p in network.parameters()) == choice.parameters((TIME, INPUTS), TIME * VALUES)
    twin = Twin().to(dtype)
    assert len(twin.state_dict()) == len(network.state_dict())
    twin.load_state_dict(dict(zip(twin.state_dict(), reordered(network.state_dict()), strict=True)))
    return network, twin


def reordered(state):
    """Tensors of our network in the order of the twin's: cell, linear, normalisation, cell, … slope, output."""
    order = ["1_gru", "2_linear", "2_normalisation", "3_lstm", "4_linear", "4_normalisation", "4_activation", "output"]
    return [tensor for part in order for name, tensor in state.items() if name.startswith(f"parts.{part}")]


@pytest.mark.parametrize("dtype", NEAR, ids=str)
@pytest.mark.parametrize("replicas", [1, 3])
def test_fifty_steps_are_those_of_torch(replicas, dtype):
    pairs, near = [built(seed, dtype) for seed in range(replicas)], NEAR[dtype]
    together, twins = Replicas([plain for plain, _ in pairs]), [twin for _, twin in pairs]
    draw = torch.Generator().manual_seed(3)
    separate, joint = separate_sgd(twins), joint_sgd(together)
    for _ in range(50):
        x = torch.randn(replicas, BATCH, TIME, INPUTS, generator=draw, dtype=dtype)
        wanted = torch.randn(replicas, BATCH, TIME, VALUES, generator=draw, dtype=dtype)
        together.gradients.zero_()
        said = together.walk(x.flatten(2))[-1]
        (said - wanted.flatten(2)).square().mean((1, 2)).sum().backward()
        for r, twin in enumerate(twins):
            separate[r].zero_grad()
            outputs = twin(x[r])
            nn.functional.mse_loss(outputs, wanted[r]).backward()
            torch.testing.assert_close(said[r], outputs.flatten(1), rtol=near, atol=near)
            slopes = reordered(dict(together.to_module(r, together.gradients[r]).named_parameters()))
            for mine, theirs in zip(slopes, twin.parameters(), strict=True):
                torch.testing.assert_close(mine, theirs.grad, rtol=near, atol=near)
        joint.step()
        [each.step() for each in separate]
    for r, twin in enumerate(twins):
        ended = together.to_module(r)
        for mine, theirs in zip(reordered(ended.state_dict()), twin.state_dict().values(), strict=True):
            torch.testing.assert_close(mine, theirs, rtol=near, atol=near)
        torch.testing.assert_close(ended.eval()(x[r].flatten(1)), twin.eval()(x[r]).flatten(1), rtol=near, atol=near)


def test_replica_two_of_three_is_itself_alone_bit_for_bit():
    plain = [built(seed, torch.float32)[0] for seed in range(3)]
    assert_third_is_itself_alone(plain, torch.randn(3, BATCH, TIME * INPUTS))


def test_no_answer_hangs_on_a_later_step():
    network, _ = built(0, torch.float64)
    network.eval()
    x = torch.randn(4, TIME, INPUTS, dtype=torch.float64)
    other = x.clone()
    other[:, 5:] += 1.0
    before, after = (network(each.flatten(1)).unflatten(1, (TIME, VALUES)) for each in (x, other))
    assert torch.equal(before[:, :5], after[:, :5])
    assert (before[:, 5:] != after[:, 5:]).any(-1).all()


def ran(data=None, **changes):
    """The prepared splits, the record and the experiment of a short run on waves asked at every step."""
    data = {"kind": "sines", "rows": 300, "length": 12, "asked": "every_step", **(data or {})}
    network = {
        "kind": "recurrent",
        "layers": [{"kind": "gru", "units": 8}, {"kind": "dense", "units": 6}],
        "read": "each_step",
    }
    experiment = Experiment().changed(
        {"data": data, "network": network, "loss": "squared_error", "training.epochs": 4, **changes}
    )
    splits = prepare(experiment.data.load(), experiment.split, experiment.preparation).splits
    sink = MemorySink()
    train(experiment, splits, sink)
    return splits, sink, experiment


def test_the_recorded_score_is_the_mean_over_steps_in_the_waves_own_unit():
    splits, sink, _ = ran({"kind": "adding", "noise": 0.0})
    last = [row for row in sink.table("outputs").to_pylist() if row["split"] == "validation"][-1]
    answers = np.reshape(last["answers"], (-1, 12))
    wanted = splits.targets[splits.validation[0]].astype(float) * splits.target_std + splits.target_mean
    epoch = [row for row in sink.table("epochs").to_pylist() if row["epoch"] == last["epoch"]][-1]
    varies = wanted.std(0) > 0
    assert epoch["validation_score"] == pytest.approx(r2_score(wanted[:, varies], answers[:, varies]), abs=1e-4)
    assert sink.meta["asked_steps"] == 12 and not [note for note in sink.meta["notes"] if "leakage" in note]


def test_all_steps_share_one_scale_because_they_share_the_weights_that_answer():
    splits, _, _ = ran({"kind": "adding"})
    raw = splits.targets[splits.train[0]].astype(float) * splits.target_std + splits.target_mean
    assert len(set(splits.target_mean)) == len(set(splits.target_std)) == 1
    assert splits.target_mean[0] == pytest.approx(raw.mean(), abs=1e-6)
    assert splits.target_std[0] == pytest.approx(raw.std(), rel=1e-5)


def test_the_line_of_a_step_sees_what_came_until_then():
    splits, _, experiment = ran()
    fit, held, inputs = splits.train[0], splits.validation[0], splits.inputs[0].astype(float)
    said = []
    for step in range(12):
        scaler = StandardScaler().fit(inputs[fit, : step + 1])
        line = Ridge().fit(scaler.transform(inputs[fit, : step + 1]), splits.targets[fit, step])
        said.append(line.predict(scaler.transform(inputs[held, : step + 1])))
    found = {(one.name, one.split): one for one in baselines(splits, experiment.loss)}
    assert found["linear", "validation"].score == pytest.approx(
        r2_score(splits.targets[held], np.stack(said, 1)), abs=1e-6
    )


def test_seeds_and_folds_answer_at_each_step():
    for changes in ({"split": {"kind": "folds", "folds": 3}}, {"training.replicas": 3}):
        _, sink, _ = ran(**changes)
        assert_three_have_scores(sink, 4)


def test_the_gradient_of_every_step_is_recorded():
    _, sink, _ = ran()
    times = [row for row in sink.table("times").to_pylist() if row["quantity"] == "state" and row["epoch"] == 4]
    gradients = np.array(times[0]["gradient"])
    assert len(gradients) == 12 and (gradients > 0).all()


@pytest.mark.parametrize(
    ("data", "read", "words"),
    [
        ({"asked": "end"}, "each_step", "ask at the end only"),
        ({"kind": "parity", "asked": None}, "each_step", "a class is asked of the whole sequence"),
        ({"length": 200}, "each_step", "a network answers 100 at most"),
    ],
)
def test_what_cannot_be_asked_is_said(data, read, words):
    chosen = {"kind": "sines", "rows": 100, "length": 12, "asked": "every_step", **data}
    chosen = {name: value for name, value in chosen.items() if value is not None}
    loss = "cross_entropy" if chosen["kind"] == "parity" else "squared_error"
    network = {"kind": "recurrent", "read": read}
    experiment = Experiment().changed({"data": chosen, "network": network, "loss": loss})
    with pytest.raises(Refusal, match=words):
        splits = prepare(experiment.data.load(), experiment.split, experiment.preparation).splits
        train(experiment, splits, MemorySink())


def test_a_network_that_reads_ahead_is_said_to():
    _, sink, _ = ran(**{"network.read": "last"})
    assert any("read out each step" in note for note in sink.meta["notes"])


def test_a_probe_of_a_step_sees_that_step_alone():
    splits, _, experiment = ran()
    network = network_of(experiment, splits, 0).eval()
    fit = splits.train[0]
    x, wanted = splits.inputs[0][fit], splits.targets[fit].astype(float).reshape(-1, 1)
    with torch.no_grad():
        state = network.parts["1_gru"](torch.from_numpy(x).unsqueeze(2)).reshape(-1, 8).double().numpy()
    found = {row["layer"]: row["score"] for row in probes(network, splits) if row["split"] == "train"}
    for layer, seen in ((0, x.reshape(-1, 1).astype(float)), (1, state)):
        seen = StandardScaler().fit_transform(seen)
        assert found[layer] == pytest.approx(Ridge(1e-3 * len(seen)).fit(seen, wanted).score(seen, wanted), abs=1e-6)
