"""Further seeded faults: tables that flatter the score, networks dead before the first step, networks that forget or
run away through time; and a table of our own with faults of every kind (mpg, as uploaded)."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from core.data.splits import Splits
from tests.bench import doctor_oracles as oracle
from tests.bench.doctor_cases import DIGITS, FLOW, Case, Changes, base, dense, family, sgd, stacked
from tests.bench.doctor_runs import Run

FILES = Path(__file__).parents[1] / "data" / "files"
STOP = {"training.early_stopping": {"patience": 6}}
LEAKED = {"name": "with a column too many"}
"""A change that trains nothing otherwise: so that the twin is the table as it was."""
BLURRED = [
    base({"kind": kind, "rows": 800, "noise": noise}, 1, 16, 30)
    for kind, noise in (("gaussians", 0.6), ("moons", 0.6), ("circles", 0.4), ("xor", 0.4))
]
NAMES = ("gaussians", "moons", "circles", "xor")
MPG: Changes = base("mpg", 2, 16, 60) | {
    "data": {"kind": "file", "path": str(FILES / "mpg.csv"), "target": "mpg"},
    "loss": "squared_error",
    **STOP,
}


def more_faults() -> list[Case]:
    """Families that came later; even places of each choose, odd ones report."""
    return [*_tables(), *_networks(), *_uploaded()]


def more_controls() -> list[Case]:
    """Healthy runs of sequences and of the uploaded table."""
    frequencies = {"kind": "frequencies", "length": 24, "rows": 600}
    named = [
        ("mpg", MPG),
        (
            "mpg tanh",
            MPG | {"network.layers": dense(2, 24, activation="tanh"), "network.initialisation": "glorot_normal"},
        ),
        ("frequencies by an LSTM", _recurrent(frequencies, "lstm") | STOP),
        ("frequencies by a GRU", _recurrent(frequencies, "gru") | STOP),
    ]
    return [Case("healthy", name, changes) for name, changes in named]


def _tables() -> list[Case]:
    trust = "overfitting miscalibrated class_imbalance"
    return [
        *family(
            *("leaked_column", "data_leakage", trust),
            *((name, healthy, LEAKED) for name, healthy in zip(NAMES, BLURRED, strict=True)),
            oracle=flatters,
            tamper=leaking,
        ),
        *family(
            *("copied_rows", "data_leakage", trust),
            *((name, healthy, LEAKED) for name, healthy in zip(NAMES, BLURRED, strict=True)),
            oracle=has_copies,
            tamper=copied,
        ),
        *family(
            *("drifted", "validation_not_representative", f"{trust} too_few_updates"),
            *((name, healthy, LEAKED) for name, healthy in zip(NAMES, BLURRED, strict=True)),
            oracle=lies_elsewhere,
            tamper=ordered,
        ),
    ]


def _networks() -> list[Case]:
    delays = [{"kind": "delay", "length": length, "rows": 600} for length in (50, 54, 52, 60)]
    waves = [{"kind": "frequencies", "length": length, "rows": 400} for length in (40, 48, 36, 44)]
    gains = (0.5, 0.45, 0.4, 0.55)
    clipped = {"training.clip_norm": 1.0} | sgd(0.1, "momentum")
    return [
        *family(
            *("born_dead", "dead_relu", "vanishing_gradient miscalibrated"),
            ("digits 16 of 2", DIGITS, stacked(DIGITS, 16, "relu", "he_normal", 2)),
            ("wine 20 of 2", base("wine"), stacked({}, 20, "relu", "he_normal", 2)),
            ("blobs 18 of 2", base("blobs"), stacked({}, 18, "relu", "he_normal", 2)),
            ("digits 24 of 2", DIGITS, stacked(DIGITS, 24, "relu", "he_normal", 2)),
            oracle=oracle.dead,
        ),
        *family(
            *("forgets", "rnn_vanishing_through_time", "lr_too_low miscalibrated too_few_updates"),
            *(
                (
                    f"gain {gain}",
                    _recurrent(data, "elman") | _elman("orthogonal", 1.0) | clipped,
                    _elman("orthogonal", gain),
                )
                for data, gain in zip(delays, gains, strict=True)
            ),
            oracle=forgets,
        ),
        *family(
            *("runs_away", "exploding_gradient bad_init_scale", f"nonfinite_loss lr_too_high oscillating_loss {FLOW}"),
            *(
                (f"gain {gain}", _recurrent(data, "gru"), _elman("identity", gain, "relu") | sgd(0.01))
                for data, gain in zip(waves, (1.3, 1.4, 1.35, 1.5), strict=True)
            ),
            oracle=oracle.blew_up,
        ),
    ]


def _uploaded() -> list[Case]:
    high = f"nonfinite_loss oscillating_loss {FLOW}"
    raw: Changes = {"preparation.standardise_target": False} | sgd(0.05)
    sigmoid = stacked(MPG, 9, "sigmoid", {"kind": "glorot_normal"}, 32)
    return [
        *family("mpg_rate_low", "lr_too_low", "too_few_updates", *_pair(sgd(1e-6, "adam"), sgd(1e-5))),
        *family("mpg_rate_high", "lr_too_high", high, *_pair(sgd(1.0, "adam"), sgd(3.0))),
        *family("mpg_deep", "vanishing_gradient", "bad_init_scale", *_pair(sigmoid, sigmoid | sgd(0.05))),
        *family(
            *("mpg_raw_target", "unscaled_targets", f"lr_too_high lr_too_low too_few_updates {high}"),
            *_pair(raw, raw | sgd(0.05, "momentum")),
            is_in_settings=True,
        ),
    ]


def _pair(first: Changes, second: Changes) -> list[tuple[str, Changes, Changes]]:
    return [("first", MPG, first), ("second", MPG, second)]


def _recurrent(data: Changes, kind: str) -> Changes:
    return {
        "data": data,
        "network": {"kind": "recurrent", "layers": [{"kind": kind, "units": 16}]},
        "training.epochs": 20,
        "optimizer": {"kind": "adam", "learning_rate": 0.01},
    }


def _elman(recurrence: str, gain: float, function: str = "tanh") -> Changes:
    layer = {"kind": "elman", "units": 16, "function": function, "recurrence": {"kind": recurrence, "gain": gain}}
    return {"network": {"kind": "recurrent", "layers": [layer]}}


def leaking(splits: Splits) -> Splits:
    """The first column is the target with a little noise."""
    inputs = splits.inputs.copy()
    told = splits.targets.reshape(len(splits.targets)).astype(float)
    inputs[:, :, 0] = (told - told.mean()) / told.std() + np.random.default_rng(5).normal(0, 0.02, len(told))
    return replace(splits, inputs=inputs)


def copied(splits: Splits) -> Splits:
    """Two in five validation rows are training rows again."""
    inputs, targets = splits.inputs.copy(), splits.targets.copy()
    there = splits.validation[0][::5]
    there = np.concatenate([there, splits.validation[0][1::5]])
    source = np.random.default_rng(6).choice(splits.train[0], len(there), replace=False)
    inputs[:, there], targets[there] = inputs[:, source], targets[source]
    return replace(splits, inputs=inputs, targets=targets)


def ordered(splits: Splits) -> Splits:
    """Validation rows are those with the largest values in the first column, as where a file is sorted by it."""
    rows = np.concatenate([splits.train[0], splits.validation[0]])
    rows = rows[np.argsort(splits.inputs[0][rows, 0], kind="stable")]
    count = len(splits.train[0])
    return replace(splits, train=(rows[:count],), validation=(rows[count:],))


def flatters(run: Run) -> bool:
    """The validation score is well over that of the same table without the column."""
    assert run.twin is not None
    return run.score(True) > run.twin.score(True) + oracle.LOSS


def has_copies(run: Run) -> bool:
    """Over a third of the validation rows equal a training row in every number."""
    held, train = run.held_out[0], run.rows[0]
    return float((held[:, None] == train[None]).all(2).any(1).double().mean()) > 1 / 3


def lies_elsewhere(run: Run) -> bool:
    """In some column the means of both parts lie more than one and a half standard deviations apart."""
    held, train = run.held_out[0], run.rows[0]
    return bool(((held.mean(0) - train.mean(0)).abs() > 1.5 * train.std(0)).any())


def forgets(run: Run) -> bool:
    """At the start the gradient of the first step's input is under a thousandth of the last one's; and it costs."""
    network, (inputs, targets) = run.network(False), run.rows
    inputs = inputs.clone().requires_grad_()
    run.experiment.loss.per_row(network(inputs), targets).mean().backward()
    assert inputs.grad is not None
    steps = inputs.grad.reshape(len(inputs), *run.splits.shape).square().mean((0, 2)).sqrt()
    return bool(steps[0] < 1e-3 * steps[-1]) and oracle.costs(run)
