"""Remedies: changes of an experiment. Each function gives one, fitted to the experiment, or None where it would change
nothing."""

from collections import Counter
from typing import Any

from core.choices.activations import ACTIVATIONS, Activation
from core.choices.base import Choice
from core.choices.initialisations import INITIALISATIONS
from core.diagnosis.finding import Remedy
from core.diagnosis.words import plain
from core.experiment import Experiment

MOST_EPOCHS = 1_000_000
LEAST_UNITS = 16
"""Units that widening gives at the least (our choice)."""


def lower_rate(experiment: Experiment, factor: float) -> Remedy | None:
    """The learning rate divided by `factor`."""
    now = experiment.optimizer.learning_rate
    return _rate(experiment, now / factor, f"{factor:g} times smaller", "more epochs may be needed")


def raise_rate(experiment: Experiment, factor: float) -> Remedy | None:
    """The learning rate times `factor`; from 0 to the usual one."""
    now = experiment.optimizer.learning_rate
    if now == 0:
        return usual_rate(experiment)
    return _rate(experiment, min(now * factor, 1000.0), f"{factor:g} times larger", "costs nothing")


def usual_rate(experiment: Experiment) -> Remedy | None:
    """The learning rate that this optimizer usually bears."""
    return _rate(experiment, usual(experiment), "usual for this optimizer", "costs nothing")


def usual(experiment: Experiment) -> float:
    """The learning rate that this optimizer usually bears, smaller for small batches (by the square root)."""
    return experiment.optimizer.usual_rate * min(1.0, experiment.training.batch_size / 32) ** 0.5


def _rate(experiment: Experiment, rate: float, words: str, price: str) -> Remedy | None:
    rounded = float(f"{rate:.2g}")
    if rounded == experiment.optimizer.learning_rate:
        return None
    label = f"Learning rate {plain(rounded)}, {words}"
    change = {"optimizer.learning_rate": rounded}
    return Remedy(f"learning_rate_{rounded:g}", label, change, price, short=f"Rate {plain(rounded)}")


def adam(experiment: Experiment) -> Remedy | None:
    """Adam at its usual rate instead of another optimizer."""
    if experiment.optimizer.kind in ("adam", "adamw"):
        return None
    change = {"optimizer": {"kind": "adam", "learning_rate": 0.003, "weight_decay": experiment.optimizer.weight_decay}}
    return Remedy("adam", "Adam at 0.003: each weight gets a step of its own size", change, short="Adam at 0.003")


def activation(experiment: Experiment, kind: str, also_initialise: bool = True) -> Remedy | None:
    """Another activation in all hidden layers, with the initialisation made for it."""
    fitting = _fitting(ACTIVATIONS[kind])
    change: dict[str, Any] = {
        f"network.layers.{k}.activation": {"kind": kind}
        for k, layer in experiment.network.having("activation")
        if layer.activation.kind != kind
    }
    if not change:
        return None
    short = ACTIVATIONS[kind].title()
    label = f"{short} in all hidden layers"
    if also_initialise and experiment.network.initialisation.kind != fitting:
        change["network.initialisation"] = {"kind": fitting}
        start = INITIALISATIONS[fitting].title().split(",")[0]
        label, short = f"{label} with {start} initialisation", f"{short}, {start}"
    return Remedy(f"activation_{kind}", label, change, short=short)


def fitting_initialisation(experiment: Experiment) -> Remedy | None:
    """What most of the layers' functions ask for: He for ReLU and its kin, LeCun for SELU, Glorot for the rest."""
    wanted = Counter(_fitting(type(activation)) for activation in experiment.network.activations)
    kind = wanted.most_common(1)[0][0] if wanted else "he_normal"
    if experiment.network.initialisation.kind.split("_")[0] == kind.split("_")[0]:
        return None  # uniform or normal: the spread is the same
    made_for = {"he_normal": "ReLU", "lecun": "SELU"}.get(kind, "tanh and sigmoid")
    short = f"{INITIALISATIONS[kind].title().split(',')[0]} initialisation"
    change = {"network.initialisation": {"kind": kind}}
    return Remedy(f"initialisation_{kind}", f"{short}, made for {made_for}", change, short=short)


def _fitting(chosen: type[Choice]) -> str:
    assert issubclass(chosen, Activation)
    return chosen.initialisation


def batch_norm(experiment: Experiment) -> Remedy | None:
    """Batch normalisation in all hidden layers."""
    return _everywhere(
        experiment,
        "normalisation",
        "batch",
        "batch_norm",
        "Batch normalisation in all hidden layers",
        "about 1.4 × time",
        "Batch norm.",
    )


def skips(experiment: Experiment) -> Remedy | None:
    """Skip links wherever a layer is as wide as the one before."""
    layers = experiment.network.layers
    change = {
        f"network.layers.{k}.skip": True
        for k, layer in experiment.network.having("skip")
        if k and layers[k - 1].kind == layer.kind and layers[k - 1].units == layer.units and not layer.skip
    }
    return Remedy("skip", f"Skip links around {len(change)} layers", change, short="Skip links") if change else None


def fewer_layers(experiment: Experiment, kept: int = 2) -> Remedy | None:
    """Only the first `kept` hidden layers."""
    layers = experiment.network.layers
    if len(layers) <= kept or len({layer.kind for layer in layers}) > 1:
        return None  # of layers of several kinds it matters which ones stay
    change = {"network.layers": [layer.model_dump(mode="json") for layer in layers[:kept]]}
    short = f"{kept} hidden layers"
    return Remedy(f"layers_{kept}", f"{short} instead of {len(layers)}", change, "a simpler network", short)


def clip(experiment: Experiment, norm: float = 1.0) -> Remedy | None:
    """Gradients cut to a length."""
    if experiment.training.clip_norm is not None and experiment.training.clip_norm <= norm:
        return None
    change = {"training.clip_norm": norm}
    return Remedy("clip", f"Clip the gradient at norm {norm:g}", change, short=f"Clip at norm {norm:g}")


def early_stopping(experiment: Experiment, best_epoch: int) -> Remedy | None:
    """Stop when the validation loss stops falling, with a patience that suits when it was best."""
    if experiment.training.early_stopping is not None:
        return None
    patience = min(20, max(3, best_epoch // 2))
    label = f"Early stopping with patience {patience}: it keeps the best weights (here: of epoch {best_epoch})"
    change = {"training.early_stopping": {"patience": patience}}
    return Remedy("early_stopping", label, change, "shorter training", "Early stopping")


def more_epochs(experiment: Experiment, factor: int = 3) -> Remedy | None:
    """A longer training."""
    epochs = min(MOST_EPOCHS, experiment.training.epochs * factor)
    if epochs == experiment.training.epochs:
        return None
    return Remedy(f"epochs_{epochs}", f"{epochs:,} epochs", {"training.epochs": epochs}, f"{factor} times the time")


def batch_size(experiment: Experiment, rows: int) -> Remedy | None:
    """Batches of another size."""
    now = experiment.training.batch_size
    if rows == now:
        return None
    price = "fewer updates in an epoch" if rows > now else f"about {max(1, round(now / rows))} times the time"
    short, change = f"Batches of {rows}", {"training.batch_size": rows}
    return Remedy(f"batch_{rows}", f"{short} rows instead of {now:,}", change, price, short)


def weight_decay(experiment: Experiment, value: float) -> Remedy | None:
    """Another weight decay; AdamW decays by its own scale."""
    now = experiment.optimizer.weight_decay
    if value == now:
        return None
    short, change = f"Weight decay {plain(value)}", {"optimizer.weight_decay": value}
    return Remedy(f"weight_decay_{value:g}", f"{short} instead of {plain(now)}", change, short=short)


def dropout(experiment: Experiment, share: float) -> Remedy | None:
    """The same dropout in all hidden layers; 0 takes it away."""
    short = f"Dropout {share:g}" if share else "No dropout"
    label, price = (f"{short} in all hidden layers", "slower learning") if share else (short, "costs nothing")
    return _everywhere(experiment, "dropout", share, f"dropout_{share:g}", label, price, short)


def units(experiment: Experiment, factor: float) -> Remedy | None:
    """Wider or narrower hidden layers."""
    least = LEAST_UNITS if factor > 1 else 2
    wide = {k: layer.units for k, layer in experiment.network.having("units")}
    wanted = {k: max(least, min(4096, round(units * factor))) for k, units in wide.items()}
    change = {f"network.layers.{k}.units": units for k, units in wanted.items() if units != wide[k]}
    if not change:
        return None
    name = f"of {max(wanted.values())} units" if factor > 1 else f"{factor:g} times as wide"
    price = "more parameters" if factor > 1 else "a simpler network"
    return Remedy("wider" if factor > 1 else "narrower", f"Hidden layers {name}", change, price, f"Layers {name}")


def hidden_layers(experiment: Experiment, count: int, width: int = 32) -> Remedy | None:
    """Plain ReLU layers of `width` units behind the hidden layers, up to `count`, where there are fewer."""
    if len(experiment.network.counted) >= count or "dense" not in experiment.network.layer_kinds:
        return None
    kept = [layer.model_dump(mode="json") for layer in experiment.network.layers]
    change = {"network.layers": kept + [{"kind": "dense", "units": width}] * (count - len(experiment.network.counted))}
    return Remedy(f"deeper_{count}", f"{count} hidden layers", change, "a larger network")


def scaling(experiment: Experiment, kind: str = "standard") -> Remedy | None:
    """Another scaling of the inputs."""
    now = experiment.preparation.scaling
    if now == kind or (now, kind) == ("common", "standard"):
        return None
    names = {
        "standard": ("Standardise the inputs", "Inputs standardised"),
        "log": ("Take logarithms of the inputs", "Logarithms"),
        "robust": ("Scale by quartiles", "Scaled by quartiles"),
    }
    label, short = names[kind]
    return Remedy(f"scaling_{kind}", label, {"preparation.scaling": kind}, short=short)


def scaled_target(experiment: Experiment) -> Remedy | None:
    """A standardised regression target."""
    if experiment.preparation.standardise_target:
        return None
    label = "Standardise the target; answers are shown in its own unit"
    change = {"preparation.standardise_target": True}
    return Remedy("standardise_target", label, change, short="Target standardised")


def balance(experiment: Experiment, kind: str = "oversample") -> Remedy | None:
    """Classes of equal size in the training rows."""
    if experiment.preparation.balance == kind:
        return None
    label = "Repeat rows of small classes" if kind == "oversample" else "Leave out rows of large classes"
    price = "longer epochs" if kind == "oversample" else "fewer rows to learn from"
    short = "Rows repeated" if kind == "oversample" else "Rows left out"
    return Remedy(f"balance_{kind}", label, {"preparation.balance": kind}, price, short)


def loss(experiment: Experiment, kind: str) -> Remedy | None:
    """Another loss with its own output."""
    names = {"cross_entropy": "Cross-entropy on softmax", "squared_error": "Squared error on a linear output"}
    change = {"loss": {"kind": kind}}
    if experiment.changed(change) == experiment:
        return None
    return Remedy(f"loss_{kind}", names[kind], change, short=names[kind].split(" on ")[0])


def shuffle(experiment: Experiment) -> Remedy | None:
    """A new order of rows in every epoch."""
    if experiment.training.shuffle:
        return None
    return Remedy("shuffle", "Shuffle the rows", {"training.shuffle": True}, short="Rows shuffled")


def stratify(experiment: Experiment) -> Remedy | None:
    """Rows split by chance, each part with the classes in the same shares."""
    split = experiment.split
    if split.kind == "random" and split.stratified:
        return None
    change = {"split": {"kind": "random", "stratified": True, "test": split.test, "seed": split.seed}}
    price = "not for rows that belong together"
    return Remedy("stratify", "Shuffle and stratify the split", change, price, "Split stratified")


def _everywhere(
    experiment: Experiment, name: str, value: Any, key: str, label: str, price: str, short: str
) -> Remedy | None:
    having = experiment.network.having(name)
    change = {f"network.layers.{k}.{name}": value for k, layer in having if getattr(layer, name) != value}
    return Remedy(key, label, change, price, short) if change else None
