"""The seeded faults by family."""

from tests.bench import doctor_cases as tables
from tests.bench import doctor_oracles as oracle
from tests.bench.doctor_cases import BLURRED, FLOW, Case, base, dense, family, sgd, sorted_rows, stacked
from tests.bench.doctor_controls import data_faults


def faults() -> list[Case]:
    """All seeded faults, in an order that is fixed: even places of a family choose, odd ones report."""
    return [*_gradients(), *_units(), *_rates(), *_lengths(), *_fits(), *data_faults()]


def _gradients() -> list[Case]:
    uniform, small, large = {"kind": "torch_default"}, {"kind": "normal", "std": 0.02}, {"kind": "normal", "std": 1.0}
    glorot = {"kind": "glorot_normal"}
    huge = {"kind": "normal", "std": 2.0}
    return [
        *family(
            *("deep_sigmoid", "vanishing_gradient", "bad_init_scale miscalibrated"),
            ("digits 8", tables.DIGITS, stacked(tables.DIGITS, 8, "sigmoid", glorot)),
            ("breast cancer 10", tables.CANCER, stacked(tables.CANCER, 10, "sigmoid", glorot)),
            ("wine 8", tables.WINE, stacked(tables.WINE, 8, "sigmoid", uniform)),
            ("penguins 12", tables.PENGUINS, stacked(tables.PENGUINS, 12, "sigmoid", glorot)),
            oracle=oracle.fades,
        ),
        *family(
            *("small_init_deep", "vanishing_gradient bad_init_scale", "miscalibrated dead_relu"),
            ("digits relu 20", tables.DIGITS, stacked(tables.DIGITS, 20, "relu", uniform) | sgd(0.05)),
            ("digits tanh 12", tables.DIGITS, stacked(tables.DIGITS, 12, "tanh", small) | sgd(0.05)),
            ("cancer relu 16", tables.CANCER, stacked(tables.CANCER, 16, "relu", small)),
            ("wine relu 10", tables.WINE, stacked(tables.WINE, 10, "relu", small) | sgd(0.1)),
            oracle=oracle.fades,
        ),
        *family(
            *(
                "large_init",
                "exploding_gradient bad_init_scale",
                f"nonfinite_loss lr_too_high oscillating_loss {FLOW} miscalibrated",
            ),
            ("digits 6", tables.DIGITS, stacked(tables.DIGITS, 6, "relu", large) | sgd(0.05)),
            ("cancer 8", tables.CANCER, stacked(tables.CANCER, 8, "relu", large) | sgd(0.05)),
            ("friedman 5", tables.FRIEDMAN, stacked(tables.FRIEDMAN, 5, "relu", large) | sgd(0.05)),
            ("wine 6", tables.WINE, stacked(tables.WINE, 6, "relu", huge)),
            oracle=oracle.grows,
        ),
        *family(
            *("symmetric", "symmetric_init", "dead_relu miscalibrated too_few_updates vanishing_gradient"),
            ("digits zeros", tables.DIGITS, {"network.initialisation": "zeros"}),
            ("wine constant", tables.WINE, {"network.initialisation": "constant"}),
            ("spirals constant", tables.SPIRALS, {"network.initialisation": {"kind": "constant", "value": 0.3}}),
            ("digits constant", tables.DIGITS, {"network.initialisation": {"kind": "constant", "value": 0.02}}),
            oracle=oracle.alike,
            is_in_settings=True,
        ),
    ]


def _units() -> list[Case]:
    std = {"network.initialisation": {"kind": "normal", "std": 3.0}}
    return [
        *family(
            *(
                "dead_units",
                "dead_relu lr_too_high",
                "nonfinite_loss oscillating_loss exploding_gradient miscalibrated",
            ),
            ("digits adam", tables.DIGITS, sgd(0.3, "adam")),
            ("cancer sgd", tables.CANCER, sgd(10.0)),
            ("wine adam", tables.WINE, sgd(1.0, "adam")),
            ("digits sgd", tables.DIGITS, sgd(3.0)),
            oracle=oracle.dead,
        ),
        *family(
            *(
                "saturated",
                "saturated_activation bad_init_scale",
                "miscalibrated vanishing_gradient exploding_gradient too_few_updates",
            ),
            ("digits tanh", base("digits", 4, activation="tanh"), std | sgd(0.01)),
            ("cancer sigmoid", base("breast_cancer", 3, activation="sigmoid", epochs=80), std | sgd(0.01)),
            ("spirals tanh", base({"kind": "spirals", "rows": 800}, 3, 64, 80, "tanh"), std | sgd(0.01)),
            (
                "wine tanh",
                base("wine", 4, activation="tanh"),
                {"network.initialisation": {"kind": "normal", "std": 6.0}} | sgd(0.003),
            ),
            oracle=oracle.saturated,
        ),
    ]


def _rates() -> list[Case]:
    high = f"nonfinite_loss oscillating_loss miscalibrated {FLOW}"
    return [
        *family(
            *("rate_too_high", "lr_too_high", high),
            ("digits adam 0.5", tables.DIGITS, sgd(0.5, "adam")),
            ("friedman sgd 2", tables.FRIEDMAN, sgd(2.0)),
            ("moons adam 3", tables.MOONS, sgd(3.0, "adam")),
            ("wine momentum 3", tables.WINE, sgd(3.0, "momentum")),
            ("tanh digits adam 0.5", base("digits", 3, activation="tanh"), sgd(0.5, "adam")),
            ("bumpy adam 1", tables.BUMPY, sgd(1.0, "adam")),
        ),
        *family(
            *("swinging", "oscillating_loss lr_too_high", f"{high} batch_too_small"),
            ("digits adam 0.1", tables.DIGITS, sgd(0.1, "adam")),
            ("friedman adam 0.3", tables.FRIEDMAN, sgd(0.3, "adam")),
            ("spirals sgd 3", tables.SPIRALS, sgd(3.0)),
            ("bumpy sgd 1", tables.BUMPY, sgd(1.2)),
            oracle=oracle.swings,
        ),
        *family(
            *("rate_too_low", "lr_too_low", "too_few_updates miscalibrated"),
            ("digits adam 1e-6", tables.DIGITS, sgd(1e-6, "adam")),
            ("wine sgd 1e-4", tables.WINE, sgd(1e-4)),
            ("friedman adam 1e-6", tables.FRIEDMAN, sgd(1e-6, "adam")),
            ("cancer sgd 1e-5", tables.CANCER, sgd(1e-5)),
            ("digits sgd 1e-4", tables.DIGITS, sgd(1e-4)),
            ("moons adam 1e-5", tables.MOONS, sgd(1e-5, "adam")),
        ),
        *family(
            *("blow_up", "nonfinite_loss lr_too_high exploding_gradient", f"{high} unscaled_targets"),
            ("friedman sgd 10", tables.FRIEDMAN, sgd(10.0)),
            ("plane momentum 5", tables.PLANE, sgd(5.0, "momentum")),
            ("diabetes sgd 30", tables.DIABETES, sgd(30.0)),
            ("sine sgd 10", base("sine"), sgd(10.0)),
            oracle=oracle.blew_up,
        ),
    ]


def _lengths() -> list[Case]:
    return [
        *family(
            *("too_few_updates", "too_few_updates lr_too_low", "miscalibrated"),
            ("digits 2", tables.DIGITS, {"training.epochs": 2, "training.batch_size": 256}),
            ("spirals 5", tables.SPIRALS, {"training.epochs": 5}),
            ("friedman 3", tables.FRIEDMAN, {"training.epochs": 3}),
            ("cancer 2", tables.CANCER, {"training.epochs": 2, "training.batch_size": 512} | sgd(0.01)),
            ("bumpy 4", tables.BUMPY, {"training.epochs": 4, "training.batch_size": 128}),
            ("wine 3", tables.WINE, {"training.epochs": 3, "training.batch_size": 128}),
        ),
        *family(
            *(
                "batch_too_small",
                "batch_too_small lr_too_high oscillating_loss",
                f"nonfinite_loss miscalibrated {FLOW}",
            ),
            ("digits 1", base("digits", epochs=15), {"training.batch_size": 1} | sgd(0.3)),
            ("wine 1", tables.WINE, {"training.batch_size": 1} | sgd(0.05, "adam")),
            ("friedman 2", tables.FRIEDMAN, {"training.batch_size": 2} | sgd(0.1, "adam")),
            ("moons 1", base({"kind": "moons", "rows": 400}), {"training.batch_size": 1} | sgd(0.1, "adam")),
        ),
        *family(
            *(
                "unshuffled",
                "unshuffled_batches oscillating_loss",
                "lr_too_high miscalibrated validation_not_representative too_few_updates",
            ),
            ("digits 5", tables.DIGITS | {"training.epochs": 5}, {"training.shuffle": False} | sgd(0.1)),
            ("gaussians", base(BLURRED), {"training.shuffle": False} | sgd(0.3)),
            ("digits 3", tables.DIGITS | {"training.epochs": 3}, {"training.shuffle": False} | sgd(0.1)),
            ("blobs", tables.BLOBS | {"training.epochs": 3}, {"training.shuffle": False} | sgd(0.3)),
            oracle=oracle.costs_held_out,
            tamper=sorted_rows,
            is_in_settings=True,
        ),
    ]


def _fits() -> list[Case]:
    wide = {"network.layers": dense(3, 256)}
    few = {"split": {"kind": "random", "validation": 0.6, "test": 0.2}}
    return [
        *family(
            *("overfitting", "overfitting", "miscalibrated"),
            ("diabetes wide", tables.DIABETES, wide | {"training.epochs": 60}),
            ("moons few", base({"kind": "moons", "rows": 200, "noise": 0.45}), wide | few | {"training.epochs": 150}),
            (
                "circles few",
                base({"kind": "circles", "rows": 200, "noise": 0.35}),
                wide | few | {"training.epochs": 150},
            ),
            (
                "gaussians few",
                base({"kind": "gaussians", "rows": 200, "noise": 0.6}),
                wide | few | {"training.epochs": 150},
            ),
            ("blobs few", base({"kind": "blobs", "rows": 200, "noise": 0.7}), wide | few | {"training.epochs": 150}),
            (
                "cancer few",
                tables.CANCER,
                wide | {"split": {"kind": "random", "validation": 0.7, "test": 0.2}, "training.epochs": 100},
            ),
            oracle=oracle.memorises,
        ),
        *family(
            *("too_narrow", "underfitting", "dead_relu bad_init_scale too_few_updates"),
            ("digits 1", tables.DIGITS, {"network.layers": dense(2, 1, activation="tanh")}),
            ("wine 1", base("wine", epochs=60), {"network.layers": dense(3, 1, activation="tanh")}),
            ("digits 2", tables.DIGITS, {"network.layers": dense(3, 2, activation="tanh")}),
            ("spirals 1", tables.SPIRALS, {"network.layers": dense(1, 1, activation="tanh")}),
        ),
        *family(
            *(
                "over_regularised",
                "over_regularised",
                "vanishing_gradient dead_relu miscalibrated too_few_updates bad_init_scale",
            ),
            ("digits adamw 20", tables.DIGITS, {"optimizer": {"kind": "adamw", "weight_decay": 20.0}}),
            ("wine adam 1", tables.WINE, {"optimizer": {"kind": "adam", "weight_decay": 1.0}}),
            (
                "friedman sgd 0.3",
                tables.FRIEDMAN,
                {"optimizer": {"kind": "sgd", "learning_rate": 0.05, "weight_decay": 0.5}},
            ),
            ("digits dropout", tables.DIGITS, {"network.layers": dense(3, 32, dropout=0.9)}),
            ("cancer adam 2", tables.CANCER, {"optimizer": {"kind": "adam", "weight_decay": 2.0}}),
            ("bumpy dropout", tables.BUMPY, {"network.layers": dense(3, 32, dropout=0.8)}),
        ),
        *family(
            *("straight_line", "missing_nonlinearity", "underfitting"),
            *(
                (name, healthy, {"network.layers": dense(3, 32, activation="identity")})
                for name, healthy in (
                    ("circles", tables.CIRCLES),
                    ("xor", tables.XOR),
                    ("bumpy", tables.BUMPY),
                    ("spirals", tables.SPIRALS),
                )
            ),
            is_in_settings=True,
        ),
    ]
