"""Seeded faults of the data and of the answers, and the healthy controls with tricky ones among them."""

from typing import Any

from tests.bench import doctor_cases as tables
from tests.bench import doctor_oracles as oracle
from tests.bench.doctor_cases import BLURRED, FLOW, Case, base, dense, family, flipped, one_sided, sgd, thinned


def data_faults() -> list[Case]:
    """Faults of tables, classes, labels, losses."""
    return [*_data(), *_answers()]


def _data() -> list[Case]:
    raw = {"preparation.scaling": "none"}
    raw_target = {"preparation.standardise_target": False}
    imbalance: dict[str, Any] = {"oracle": oracle.loses_a_class}
    return [
        *family(
            *(
                "raw_inputs",
                "unscaled_inputs",
                f"lr_too_high nonfinite_loss oscillating_loss too_few_updates miscalibrated overfitting {FLOW}",
            ),
            ("wine sgd", tables.WINE, raw | sgd(0.05)),
            ("cancer sgd", tables.CANCER, raw | sgd(0.1)),
            ("wine tanh", base("wine", 3, activation="tanh"), raw),
            ("penguins sgd", tables.PENGUINS, raw | sgd(0.1)),
            ("cancer tanh", base("breast_cancer", 2, activation="tanh"), raw | sgd(0.1)),
            ("penguins adam", tables.PENGUINS, raw),
            is_in_settings=True,
        ),
        *family(
            *(
                "raw_target",
                "unscaled_targets",
                f"lr_too_high nonfinite_loss oscillating_loss too_few_updates lr_too_low {FLOW}",
            ),
            ("diabetes sgd", tables.DIABETES, raw_target | sgd(0.1)),
            ("friedman sgd", tables.FRIEDMAN, raw_target | sgd(0.1)),
            ("diabetes adam", tables.DIABETES, raw_target),
            ("friedman momentum", tables.FRIEDMAN, raw_target | sgd(0.05, "momentum")),
            is_in_settings=True,
        ),
        *family(
            *("small_class", "class_imbalance", "miscalibrated overfitting collapsed_predictions"),
            ("gaussians", base(BLURRED), {}),
            ("moons", base({"kind": "moons", "rows": 1500, "noise": 0.5}), {}),
            ("blobs", base({"kind": "blobs", "rows": 1500, "noise": 0.7}), {}),
            ("circles", base({"kind": "circles", "rows": 1500, "noise": 0.3}), {}),
            tamper=thinned(20),
            **imbalance,
        ),
        *family(
            *("flipped_labels", "noisy_labels", "overfitting miscalibrated"),
            ("digits", base("digits", units=128, epochs=60), {}),
            ("cancer", base("breast_cancer", units=128, epochs=100), {}),
            ("blobs", base({"kind": "blobs", "rows": 600}, 3, 128, 150), {}),
            ("penguins", base("penguins", units=128, epochs=150), {}),
            tamper=flipped(0.3),
            oracle=oracle.is_learned_by_heart,
        ),
        *family(
            *("other_validation", "validation_not_representative", "miscalibrated overfitting class_imbalance"),
            ("cancer", tables.CANCER, {}),
            ("wine", tables.WINE, {}),
            ("moons", tables.MOONS, {}),
            ("gaussians", base("gaussians"), {}),
            tamper=one_sided,
            oracle=oracle.is_one_sided,
        ),
    ]


def _answers() -> list[Case]:
    def through(kind: str, output: str) -> dict[str, Any]:
        return {"loss": {"kind": kind, "output": output}}

    return [
        *family(
            *(
                "wrong_pair",
                "output_loss_mismatch",
                "miscalibrated too_few_updates vanishing_gradient class_imbalance underfitting",
            ),
            ("digits mse softmax", tables.DIGITS, through("squared_error", "softmax")),
            ("friedman sigmoid", tables.FRIEDMAN, through("squared_error", "sigmoid")),
            ("digits mae", tables.DIGITS, through("absolute_error", "softmax")),
            ("plane softmax", tables.PLANE, through("squared_error", "softmax")),
            oracle=oracle.fits_badly,
            is_in_settings=True,
        ),
        *family(
            *("wrong_confidence", "miscalibrated", "overfitting output_loss_mismatch too_few_updates"),
            ("moons", base({"kind": "moons", "rows": 800, "noise": 0.6}, 3, 128, 150), {}),
            ("gaussians", base({"kind": "gaussians", "rows": 800, "noise": 0.7}, 3, 128, 150), {}),
            ("circles", base({"kind": "circles", "rows": 800, "noise": 0.35}, 3, 128, 150), {}),
            ("xor", base({"kind": "xor", "rows": 800, "noise": 0.35}, 3, 128, 150), {}),
            oracle=oracle.confidence_is_off,
        ),
    ]


def controls() -> list[Case]:
    """Healthy runs: plain ones, and tricky ones that look odd and are not."""
    decay = {"optimizer": {"kind": "adamw", "learning_rate": 0.003, "weight_decay": 0.05}}
    stop = {"training.early_stopping": {"patience": 8}}
    tanh = base("digits", 3, activation="tanh", epochs=60)
    named: list[tuple[str, dict[str, Any]]] = [
        ("digits", tables.DIGITS),
        ("wine", tables.WINE),
        ("breast cancer, stopped early", tables.CANCER | stop),
        ("penguins", tables.PENGUINS | stop),
        ("iris", base("iris", epochs=80)),
        ("moons", tables.MOONS),
        ("circles", tables.CIRCLES),
        ("blobs", tables.BLOBS),
        ("friedman", tables.FRIEDMAN | stop),
        ("plane", tables.PLANE),
        ("bumpy", tables.BUMPY),
        ("spirals", tables.SPIRALS | {"training.epochs": 200}),
        ("xor", base({"kind": "xor", "rows": 800}, epochs=80)),
        ("diabetes, small and stopped", tables.DIABETES | stop),
        ("tricky: adam 0.02 on a tiny net", base("moons", 1, 8, 60, optimizer__learning_rate=0.02)),
        ("tricky: late tanh, saturated", tanh),
        ("tricky: batch norm, deep", base("digits", 8) | {"network.layers": dense(8, 32, normalisation="batch")}),
        (
            "tricky: deep sigmoid with batch norm",
            base("digits", 6, epochs=40)
            | {"network.layers": dense(6, 48, activation="sigmoid", normalisation="batch")},
        ),
        (
            "tricky: dropout, validation above train",
            base("digits", 2, 128, 40) | {"network.layers": dense(2, 128, dropout=0.3)},
        ),
        ("tricky: perfect on easy data", base({"kind": "gaussians", "noise": 0.12})),
        ("tricky: overlapping classes", base({"kind": "gaussians", "noise": 0.5, "rows": 1000}, 1, 8, 20)),
        ("tricky: a line is enough", base("wine", 1, 16, 60, "identity")),
        ("tricky: logistic regression", base("breast_cancer") | {"network.layers": [], **stop}),
        (
            "tricky: zeros without hidden layers",
            base("wine", epochs=80) | {"network.layers": [], "network.initialisation": "zeros"},
        ),
        ("tricky: raw digits", base("digits", preparation__scaling="none")),
        ("tricky: raw iris", base("iris", epochs=100, preparation__scaling="none")),
        ("tricky: sgd", tables.DIGITS | sgd(0.1)),
        ("tricky: momentum 0.05", tables.DIGITS | sgd(0.05, "momentum")),
        ("tricky: batch of 4 at a small rate", base("wine", epochs=40) | {"training.batch_size": 4} | sgd(0.01)),
        ("tricky: not shuffled but mixed", tables.DIGITS | {"training.shuffle": False}),
        ("tricky: mild weight decay", tables.DIGITS | decay),
        ("tricky: noisy target", base({"kind": "friedman", "rows": 1000, "noise": 0.5}, 1, 8, 30)),
        ("tricky: mild imbalance", base({"kind": "blobs", "rows": 900, "noise": 0.15})),
        (
            "tricky: residual, 12 layers",
            base("digits", 12)
            | {"network.layers": dense(12, 32, skip=True), "network.initialisation": "glorot_normal"},
        ),
    ]
    return [Case("healthy", name, changes) for name, changes in named]
