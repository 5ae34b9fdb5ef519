"""A second reporting set: written after the rules had last been changed with an eye on the two halves, and judged
without changing a rule afterwards. Other tables, depths, widths and rates than in doctor_families."""

from tests.bench import doctor_oracles as oracle
from tests.bench.doctor_cases import (
    FLOW,
    Case,
    base,
    dense,
    family,
    flipped,
    one_sided,
    sgd,
    sorted_rows,
    stacked,
    thinned,
)

IRIS, BLOBS, DIGITS = (
    base("iris", epochs=60),
    base({"kind": "blobs", "centres": 7, "noise": 0.12}),
    base("digits", 3, 48),
)
SINE, PLANE = base("sine", epochs=60, optimizer__learning_rate=0.01), base({"kind": "plane", "rows": 800})
GAUSS, SPIRAL3 = base("gaussians"), base({"kind": "spirals", "arms": 3, "rows": 900}, 3, 48, 80)
RINGS = base({"kind": "circles", "rows": 500, "noise": 0.08, "seed": 3}, 2, 32, 60, optimizer__learning_rate=0.01)
CANCER, PENGUINS = base("breast_cancer", 1, 24), base("penguins", 3, 24)


def fresh() -> list[Case]:
    """Faults of every family."""
    return [*_course(), *_room(), *_table()]


def _course() -> list[Case]:
    high = f"nonfinite_loss oscillating_loss miscalibrated {FLOW}"
    init = {"kind": "normal", "std": 1.5}
    return [
        *family(
            *("deep_sigmoid", "vanishing_gradient", "bad_init_scale miscalibrated"),
            ("iris 9", IRIS, stacked(IRIS, 9, "sigmoid", {"kind": "glorot_uniform"}, 24)),
            ("blobs 14", BLOBS, stacked(BLOBS, 14, "sigmoid", {"kind": "lecun"}, 40)),
            oracle=oracle.fades,
        ),
        *family(
            *("small_init_deep", "vanishing_gradient bad_init_scale", "miscalibrated dead_relu"),
            ("blobs tanh 15", BLOBS, stacked(BLOBS, 15, "tanh", {"kind": "uniform", "limit": 0.03}, 40) | sgd(0.1)),
            ("penguins relu 18", PENGUINS, stacked(PENGUINS, 18, "relu", {"kind": "torch_default"}, 40) | sgd(0.1)),
            oracle=oracle.fades,
        ),
        *family(
            *("large_init", "exploding_gradient bad_init_scale", f"{high} lr_too_high"),
            ("digits 4", DIGITS, {"network.initialisation": init, **sgd(0.1)}),
            ("blobs 7", BLOBS, stacked(BLOBS, 7, "relu", init) | sgd(0.03)),
            oracle=oracle.grows,
        ),
        *family(
            *("symmetric", "symmetric_init", "dead_relu miscalibrated too_few_updates vanishing_gradient"),
            ("blobs constant", BLOBS, {"network.initialisation": {"kind": "constant", "value": 0.05}}),
            ("spirals zeros", SPIRAL3, {"network.initialisation": "zeros"}),
            oracle=oracle.alike,
            is_in_settings=True,
        ),
        *family(
            *("rate_too_high", "lr_too_high", high),
            ("digits rmsprop 0.5", DIGITS, sgd(0.5, "rmsprop")),
            ("sine adam 0.5", SINE, sgd(0.5, "adam")),
            ("blobs adamw 1", BLOBS, sgd(1.0, "adamw")),
            ("spirals momentum 1", SPIRAL3, sgd(1.0, "momentum")),
        ),
        *family(
            *("rate_too_low", "lr_too_low", "too_few_updates miscalibrated"),
            ("digits momentum 1e-5", DIGITS, sgd(1e-5, "momentum")),
            ("sine rmsprop 1e-6", SINE, sgd(1e-6, "rmsprop")),
            ("blobs adagrad 1e-5", BLOBS, sgd(1e-5, "adagrad")),
        ),
        *family(
            *("too_few_updates", "too_few_updates lr_too_low", "miscalibrated"),
            ("digits 1", DIGITS, {"training.epochs": 1, "training.batch_size": 128}),
            ("spirals 8", SPIRAL3, {"training.epochs": 8, "training.batch_size": 64}),
            ("sine 3", SINE, {"training.epochs": 3}),
        ),
        *family(
            *("blow_up", "nonfinite_loss lr_too_high exploding_gradient", high),
            ("plane sgd 20", PLANE, sgd(20.0)),
            ("sine nesterov 3", SINE, sgd(3.0, "nesterov")),
            oracle=oracle.blew_up,
        ),
    ]


def _room() -> list[Case]:
    wide = {"network.layers": dense(2, 300), "training.epochs": 120}
    few = {"split": {"kind": "random", "validation": 0.55, "test": 0.2}}
    std = {"network.initialisation": {"kind": "normal", "std": 4.0}}
    return [
        *family(
            *("saturated", "saturated_activation bad_init_scale", f"miscalibrated too_few_updates {FLOW}"),
            ("digits tanh 2", base("digits", 2, activation="tanh"), std | sgd(0.01)),
            ("blobs sigmoid 2", base("blobs", 2, activation="sigmoid", epochs=60), std | sgd(0.01)),
            oracle=oracle.saturated,
        ),
        *family(
            *("overfitting", "overfitting", "miscalibrated"),
            ("moons noisy", base({"kind": "moons", "rows": 220, "noise": 0.5}), wide | few),
            ("xor noisy", base({"kind": "xor", "rows": 220, "noise": 0.3}), wide | few),
            ("diabetes", base("diabetes", epochs=20, units=8), wide),
            oracle=oracle.memorises,
        ),
        *family(
            *("too_narrow", "underfitting", "dead_relu bad_init_scale too_few_updates miscalibrated"),
            ("digits 1", DIGITS, {"network.layers": dense(1, 1, activation="tanh")}),
            ("blobs 1", BLOBS, {"network.layers": dense(2, 1, activation="tanh")}),
            ("three spirals 1", SPIRAL3, {"network.layers": dense(2, 1, activation="tanh")}),
            ("circles 1", RINGS, {"network.layers": dense(1, 1, activation="tanh")}),
            ("sine 1", SINE, {"network.layers": dense(3, 1, activation="sigmoid")}),
        ),
        *family(
            *("over_regularised", "over_regularised", f"miscalibrated too_few_updates {FLOW}"),
            ("blobs adam 0.5", BLOBS, {"optimizer": {"kind": "adam", "weight_decay": 0.5}}),
            ("sine adamw 30", SINE, {"optimizer": {"kind": "adamw", "weight_decay": 30.0}}),
            ("penguins dropout", PENGUINS, {"network.layers": dense(4, 16, dropout=0.85)}),
        ),
        *family(
            *("straight_line", "missing_nonlinearity", "underfitting"),
            ("sine", SINE, {"network.layers": dense(2, 32, activation="identity")}),
            ("spirals 3", SPIRAL3, {"network.layers": dense(4, 16, activation="identity")}),
            is_in_settings=True,
        ),
    ]


def _table() -> list[Case]:
    raw = {"preparation.scaling": "none"}
    return [
        *family(
            *("raw_inputs", "unscaled_inputs", f"lr_too_high nonfinite_loss oscillating_loss too_few_updates {FLOW}"),
            ("wine sigmoid", base("wine", 2, activation="sigmoid"), raw),
            ("cancer momentum", CANCER, raw | sgd(0.05, "momentum")),
            is_in_settings=True,
        ),
        *family(
            *("raw_target", "unscaled_targets", f"lr_too_high nonfinite_loss oscillating_loss too_few_updates {FLOW}"),
            ("diabetes nesterov", base("diabetes"), {"preparation.standardise_target": False, **sgd(0.05, "nesterov")}),
            is_in_settings=True,
        ),
        *family(
            *("small_class", "class_imbalance", "miscalibrated overfitting collapsed_predictions"),
            ("xor", base({"kind": "xor", "rows": 1500, "noise": 0.35}), {}),
            ("spirals", base({"kind": "spirals", "rows": 1500, "noise": 0.1}), {}),
            tamper=thinned(16),
            oracle=oracle.loses_a_class,
        ),
        *family(
            *("flipped_labels", "noisy_labels", "overfitting miscalibrated"),
            ("iris", base("iris", units=200, epochs=200, **{"split.validation": 0.5}), {}),
            ("gaussians", base({"kind": "gaussians", "rows": 600, "noise": 0.12}, 3, 200, 200), {}),
            ("wine", base("wine", units=200, epochs=120, **{"split.validation": 0.4}), {}),
            ("seven blobs", BLOBS | {"network.layers": dense(3, 160), "training.epochs": 200}, {}),
            ("rings", RINGS | {"network.layers": dense(3, 200), "training.epochs": 250}, {}),
            tamper=flipped(0.25),
            oracle=oracle.is_learned_by_heart,
        ),
        *family(
            *("other_validation", "validation_not_representative", "miscalibrated overfitting class_imbalance"),
            ("xor", base("xor"), {}),
            ("circles", base("circles"), {}),
            ("iris", IRIS, {}),
            ("three spirals", SPIRAL3, {}),
            tamper=one_sided,
            oracle=oracle.is_one_sided,
        ),
        *family(
            *("unshuffled", "unshuffled_batches oscillating_loss", "lr_too_high miscalibrated too_few_updates"),
            ("digits 4", DIGITS | {"training.epochs": 4}, {"training.shuffle": False} | sgd(0.1)),
            ("moons", base({"kind": "moons", "rows": 900, "noise": 0.4}), {"training.shuffle": False} | sgd(0.5)),
            oracle=oracle.costs_held_out,
            tamper=sorted_rows,
            is_in_settings=True,
        ),
        *family(
            *("wrong_pair", "output_loss_mismatch", f"miscalibrated class_imbalance too_few_updates {FLOW}"),
            ("blobs mse sigmoid", BLOBS, {"loss": {"kind": "squared_error", "output": "sigmoid"}}),
            oracle=oracle.fits_badly,
            is_in_settings=True,
        ),
    ]


def fresh_controls() -> list[Case]:
    """Healthy runs."""
    named = [
        ("iris", IRIS),
        ("blobs of seven", BLOBS),
        ("digits, three layers", DIGITS),
        ("sine", SINE),
        ("plane", PLANE),
        ("gaussians", GAUSS | {"training.early_stopping": {"patience": 8}}),
        ("three spirals", SPIRAL3 | {"training.epochs": 150}),
        ("cancer, one layer", CANCER | {"training.early_stopping": {"patience": 5}}),
        ("penguins, three layers", PENGUINS | {"training.early_stopping": {"patience": 8}}),
        ("tricky: gelu", base("digits") | {"network.layers": dense(3, 32, activation="gelu")}),
        (
            "tricky: layer norm tanh",
            base("digits", 4) | {"network.layers": dense(4, 32, activation="tanh", normalisation="layer")},
        ),
        ("tricky: rmsprop", base("wine", epochs=40) | sgd(0.002, "rmsprop")),
        ("tricky: two outputs as one", base("breast_cancer", 1, 8, 20) | {"loss": "binary_cross_entropy"}),
        ("tricky: minmax", base("wine", epochs=60, preparation__scaling="minmax")),
        ("tricky: one unit is enough", base("gaussians", 1, 2, 60, "tanh", optimizer__learning_rate=0.02)),
        ("tricky: raw plane target", base("plane", preparation__standardise_target=False)),
    ]
    return [Case("healthy", name, changes) for name, changes in named]
