"""A CUDA device reaches what the processor reaches, no step waits for it, and half precision learns as well. Skipped
where there is none."""

import numpy as np
import pytest
import torch

from core.choices.activations import ACTIVATIONS
from core.choices.augmentations import AUGMENTATIONS
from core.choices.losses import LOSSES
from core.choices.optimizers import OPTIMIZERS
from core.choices.presets import PRESETS
from core.data.prepare import prepare
from core.experiment import Experiment
from core.recording.measured import EVERYWHERE
from core.recording.sink import MemorySink
from core.training.loop import train
from core.training.program import Program
from tests.training.made import classes, digits, experiment, values

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")

RECURRENT = {
    kind: {
        "data": {"kind": "frequencies", "rows": 300, "length": 12},
        "network": {"kind": "recurrent", "layers": [{"kind": kind, "units": 16}]},
        "training.batch_size": 64,
    }
    for kind in ("elman", "gru", "lstm", "fused_lstm")
}
PRETRAINED = {"layers": [{"units": 32, "activation": "sigmoid"}] * 2}
OTHERS = {
    "convolutional": {
        "data": {"kind": "shapes", "rows": 300},
        "network": {
            "kind": "convolutional",
            "layers": [
                {"kind": "convolution", "units": 8, "normalisation": "batch"},
                {"kind": "pooling"},
                {"kind": "dense", "units": 32},
            ],
        },
        "training.batch_size": 64,
    },
    "autoencoder": {"data": "digits", "network": {"kind": "autoencoder"}, "loss": "squared_error"},
    "embedding": {"data": "penguins", "preparation.embed": ["island"], "network.embedding": {"size": 3}},
    "boltzmann": {"data": "digits", "network": PRETRAINED | {"pretraining": {"kind": "boltzmann", "epochs": 2}}},
    "stacked": {"data": "digits", "network": PRETRAINED | {"pretraining": {"kind": "autoencoders", "epochs": 2}}},
    "normalised": {
        "network.layers": [{"units": 32, "normalisation": "batch"}, {"units": 32, "normalisation": "layer"}]
    },
}
KINDS = {**RECURRENT, **OTHERS}
REGULARISED = {
    "dropout": {"network.layers": [{"units": 32, "dropout": 0.2}] * 2},
    "penalties": {"regularisation": {"l1": 1e-4, "l2": 1e-4, "max_norm": 2.0}},
    "noise": {"regularisation": {"input_noise": 0.1}},
    "mixup": {"regularisation": {"mixup": 0.2}},
    "clipping": {"training.clip_norm": 1.0, "training.clip_value": 0.5},
    "weights": {"loss": {"kind": "cross_entropy", "class_weights": (1, 2, 1)}},
    "schedule": {"schedule": "one_cycle"},
    "unshuffled": {"training.shuffle": False},
    "augmentation": {
        "data": {"kind": "shapes", "rows": 300},
        "regularisation": {"augmentation": [{"kind": kind} for kind in AUGMENTATIONS]},
    },
}


def of(changes, replicas=2, epochs=2):
    """An experiment and its splits: of its own data where it names some."""
    given = {"training.epochs": epochs, "training.replicas": replicas}
    chosen = Experiment().changed({**given, **changes})
    if "data" not in changes:
        return chosen, classes(300)
    return chosen, prepare(chosen.data.load(), chosen.split, chosen.preparation).splits


def trained(chosen, splits, device):
    sink = MemorySink()
    return train(chosen, splits, sink, device=device), sink


def columns(sink, kind, epoch=None):
    rows = [row for row in sink.table(kind).to_pylist() if epoch is None or row["epoch"] == epoch]
    return {name: np.array([row[name] for row in rows], float) for name in EVERYWHERE if name in rows[0]}


@pytest.mark.parametrize("key", PRESETS)
def test_the_first_steps_are_those_of_the_processor(key):
    """Before the first step the same weights meet the same rows: all that is measured is alike, unless pretraining has
    drawn at random there. So are the norms of the first steps, where nothing is drawn."""
    chosen = PRESETS[key].experiment.changed({"training.epochs": 1, "training.replicas": 2})
    splits = prepare(chosen.data.load(), chosen.split, chosen.preparation).splits
    there, here = trained(chosen, splits, "cuda")[1], trained(chosen, splits, "cpu")[1]
    assert there.meta["device"].startswith("cuda")
    if getattr(chosen.network, "layer_wise", None):
        return
    for name, wanted in columns(here, "layers", 0).items():
        np.testing.assert_allclose(columns(there, "layers", 0)[name], wanted, rtol=2e-3, atol=1e-6, err_msg=name)
    if chosen.regularisation.disturbs or chosen.network.has_modes:
        return
    steps = [[r["gradient_norm"] for r in s.table("steps").to_pylist() if r["step"] <= 2] for s in (there, here)]
    np.testing.assert_allclose(*steps, rtol=0.02)


@pytest.mark.parametrize("layers", [[{"units": 32}], [{"units": 32, "normalisation": "batch", "dropout": 0.2}]])
def test_it_reaches_what_the_processor_does(layers):
    chosen = experiment(layers, training__epochs=10, training__replicas=3)
    there, sink = trained(chosen, digits(), "cuda")
    here, _ = trained(chosen, digits(), "cpu")
    assert there.device.startswith("cuda")
    assert there.test_score.median == pytest.approx(here.test_score.median, abs=0.03)
    assert sink.table("layers").num_rows == 11 * 3 * 2


@pytest.mark.parametrize("name", [*KINDS, *REGULARISED, *(kind for kind in OPTIMIZERS if kind != "lbfgs")])
def test_no_step_waits_for_the_device(name):
    """torch raises where anything would wait; L-BFGS compares losses and has to."""
    chosen, splits = of({**KINDS, **REGULARISED}.get(name) or {"optimizer": name})
    numbers = [0, 1] if chosen.optimizer.together else [0]
    program = Program(chosen, chosen.network.asked(splits), numbers, torch.device("cuda"))
    program.run_epoch(True, lambda: True)  # the first of all has libraries to load
    step, left = program.step, program.order.steps

    def counted(*given):
        nonlocal left
        done, left = step(*given), left - 1
        if not left:  # after the last, the epoch is read
            torch.cuda.set_sync_debug_mode("default")
        return done

    program.step = counted
    torch.cuda.set_sync_debug_mode("error")
    try:
        program.run_epoch(True, lambda: True)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert left == 0


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_every_optimizer_learns(kind):
    epochs = 80 if OPTIMIZERS[kind].whole_batch else 5
    chosen = experiment([{"units": 32}], optimizer=kind, training__epochs=epochs)
    assert trained(chosen, digits(), "cuda")[0].validation_score.median > 0.85


@pytest.mark.parametrize("kind", LOSSES)
def test_every_loss_falls_as_on_the_processor(kind):
    splits = classes(300) if "classification" in LOSSES[kind]().tasks else values(300)
    chosen = experiment(loss=kind, optimizer="sgd", training__epochs=2)
    there, here = trained(chosen, splits, "cuda")[0], trained(chosen, splits, "cpu")[0]
    assert there.train_loss.median == pytest.approx(here.train_loss.median, rel=1e-3)


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_every_activation_is_that_of_the_processor(kind):
    chosen = experiment([{"units": 16, "activation": kind}] * 2, optimizer="sgd", training__epochs=2)
    there, here = trained(chosen, classes(300), "cuda")[0], trained(chosen, classes(300), "cpu")[0]
    assert there.train_loss.median == pytest.approx(here.train_loss.median, rel=1e-3)


@pytest.mark.parametrize("name", ["plain", *KINDS])
def test_half_precision_learns_as_well(name):
    changes = KINDS.get(name, {"data": "digits"})
    (whole, every), (half, known) = (
        trained(*of({**changes, "training.precision": precision}, epochs=6), "cuda")
        for precision in ("float32", "bfloat16")
    )
    assert half.train_score.median == pytest.approx(whole.train_score.median, abs=0.08)
    for name, wanted in columns(every, "layers", 6).items():
        np.testing.assert_array_equal(np.isfinite(columns(known, "layers", 6)[name]), np.isfinite(wanted), name)
