"""Every rule fires on a record that has its symptom, and is silent on a healthy one."""

import numpy as np
import pytest

from core.analysis.evidence import evidence
from core.analysis.progress import progress
from core.analysis.record import Record as AnalysisRecord
from core.diagnosis.diagnose import check, diagnose
from core.diagnosis.remedies import fitting_initialisation
from core.diagnosis.rules import RULES
from core.diagnosis.symptom import Symptom
from core.diagnosis.thresholds import DEFAULT, Thresholds
from core.experiment import Experiment
from tests.diagnosis.records import LN3, Record, falling, record

HEALTHY = Experiment()
FLAT = [LN3] * 41
STUCK = {"train_loss": FLAT, "validation_loss": FLAT, "train_score": [0.34] * 41, "validation_score": [0.34] * 41}
DEEP = HEALTHY.changed({"network.layers": [{"units": 16, "activation": "sigmoid"}] * 7})
SIGMOIDS = HEALTHY.changed({"network.layers": [{"units": 16, "activation": "sigmoid"}] * 2})
VALUES = HEALTHY.changed({"data": "diabetes", "loss": "squared_error"})
TARGETS = [0.0, 1.0, 2.0] * 60


EASY = {"explains": ("p", 1.0), "others_explain": ("p", 0.99), "copies": ("", 0.02), "apart": ("p", 0.55)}
"""An easy table: one column explains it all, and so do the others."""


def saws(size: float) -> list[float]:
    """A loss that jumps up and down around half of the loss of guessing."""
    return [LN3, *[0.7 * LN3 + (size if epoch % 2 else -size) for epoch in range(40)]]


def answers(targets: list[float], sure: float, right: float) -> np.ndarray:
    """Probabilities that give `sure` to one class, the true one in a share `right` of the rows, evenly mixed."""
    shares = np.full((len(targets), 3), (1 - sure) / 2)
    for row, target in enumerate(targets):
        is_right = int((row + 1) * right) > int(row * right)
        shares[row, int(target) if is_right else (int(target) + 1) % 3] = sure
    return shares


def vanishing() -> tuple[Experiment, Record]:
    return DEEP, record(
        DEEP, curves=STUCK, layers={"output_gradient_rms": [10.0 ** (k - 8) for k in range(8)], "dead_share": None}
    )


def exploding() -> tuple[Experiment, Record]:
    return HEALTHY, record(HEALTHY, curves={**STUCK, "gradient_norm": [1.0] * 20 + [1e4] * 21})


def nonfinite() -> tuple[Experiment, Record]:
    return HEALTHY, record(HEALTHY, curves={"train_loss": [*falling(40)[:30], *[float("nan")] * 11]})


def dead() -> tuple[Experiment, Record]:
    return HEALTHY, record(HEALTHY, curves=STUCK, layers={"dead_share": [0.1, 0.7, None]})


def saturated() -> tuple[Experiment, Record]:
    return SIGMOIDS, record(SIGMOIDS, curves=STUCK, layers={"saturated_share": [0.95, 0.2, None], "dead_share": None})


def symmetric() -> tuple[Experiment, Record]:
    chosen = HEALTHY.changed({"network.initialisation": "constant"})
    return chosen, record(chosen, units=[([0.5] * 8, [0.2] * 8), ([0.4] * 8, [0.1] * 8)])


def bad_init() -> tuple[Experiment, Record]:
    chosen = HEALTHY.changed({"network.initialisation": {"kind": "normal", "std": 0.001}})
    return chosen, record(chosen, curves=STUCK)


def rate_high() -> tuple[Experiment, Record]:
    chosen = HEALTHY.changed({"optimizer.learning_rate": 1.0})
    return chosen, record(chosen, curves={"train_loss": saws(0.3)}, layers={"update_ratio": 0.2})


def rate_low() -> tuple[Experiment, Record]:
    chosen = HEALTHY.changed({"optimizer.learning_rate": 1e-6})
    return chosen, record(chosen, curves=STUCK, layers={"update_ratio": 1e-6})


def swinging() -> tuple[Experiment, Record]:
    return HEALTHY, record(HEALTHY, curves={"train_loss": saws(0.2)})


def few_updates() -> tuple[Experiment, Record]:
    line = [LN3 * (1 - epoch / 80) for epoch in range(41)]
    return HEALTHY, record(HEALTHY, curves={"train_loss": line})


def small_batch() -> tuple[Experiment, Record]:
    chosen = HEALTHY.changed({"training.batch_size": 1})
    return chosen, record(chosen, curves={"train_loss": saws(0.2)})


def unshuffled() -> tuple[Experiment, Record]:
    chosen = HEALTHY.changed({"training.shuffle": False})
    wave = [float(1 + np.sin(k)) for k in range(20)]
    return chosen, record(chosen, curves=STUCK, steps=[wave] * 40)


def overfitting() -> tuple[Experiment, Record]:
    rising = [LN3, *np.linspace(0.6, 0.5, 10).tolist(), *np.linspace(0.5, 1.4, 30).tolist()]
    return HEALTHY, record(HEALTHY, curves={"validation_loss": rising})


def underfitting() -> tuple[Experiment, Record]:
    return HEALTHY, record(HEALTHY, curves={"train_loss": falling(40, end=0.8), "train_score": [0.6] * 41})


def held_back() -> tuple[Experiment, Record]:
    chosen = HEALTHY.changed({"optimizer.weight_decay": 5.0})
    return chosen, record(chosen, curves=STUCK, layers={"weight_rms": lambda epoch, layer: 0.3 * 0.8**epoch})


def plateau() -> tuple[Experiment, Record]:
    return HEALTHY, record(HEALTHY, curves=STUCK)


def raw_inputs() -> tuple[Experiment, Record]:
    chosen = HEALTHY.changed({"preparation.scaling": "none"})
    return chosen, record(chosen, curves=STUCK, layers={"preactivation_std": [200.0, 1.0, 1.0]})


def raw_target() -> tuple[Experiment, Record]:
    chosen = VALUES.changed({"preparation.standardise_target": False})
    guess = {
        ("guess", "train"): (6000.0, 0.0),
        ("guess", "validation"): (6000.0, 0.0),
        ("linear", "train"): (3000.0, 0.5),
    }
    flat = [6000.0] * 41
    linear = {("linear", "validation"): (3200.0, 0.47)}
    return chosen, record(chosen, curves={"train_loss": flat, "validation_loss": flat}, baselines={**guess, **linear})


def small_class() -> tuple[Experiment, Record]:
    targets = [0.0] * 90 + [1.0] * 80 + [2.0] * 8
    said = np.tile([0.5, 0.3, 0.2], (178, 1))
    said[90:170] = [0.2, 0.7, 0.1]
    return HEALTHY, record(HEALTHY, answers=said, targets=targets)


def noisy() -> tuple[Experiment, Record]:
    rising = [LN3, *np.linspace(0.7, 0.6, 10).tolist(), *np.linspace(0.6, 1.6, 30).tolist()]
    curves = {"train_score": [1.0] * 41, "validation_score": [0.72] * 41, "validation_loss": rising}
    return HEALTHY, record(HEALTHY, curves=curves, answers=answers(TARGETS, 0.8, 0.72), targets=TARGETS)


def other_validation() -> tuple[Experiment, Record]:
    shares = {("guess", "train"): (LN3, 0.7), ("guess", "validation"): (LN3, 0.2)}
    return HEALTHY, record(HEALTHY, answers=answers(TARGETS, 0.9, 0.9), targets=TARGETS, baselines=shares)


def collapsed() -> tuple[Experiment, Record]:
    return HEALTHY, record(HEALTHY, curves=STUCK, answers=np.tile([0.6, 0.2, 0.2], (180, 1)), targets=TARGETS)


def too_sure() -> tuple[Experiment, Record]:
    return HEALTHY, record(HEALTHY, answers=answers(TARGETS, 0.99, 0.7), targets=TARGETS)


def wrong_pair() -> tuple[Experiment, Record]:
    chosen = HEALTHY.changed({"loss": {"kind": "squared_error", "output": "softmax"}})
    return chosen, record(chosen, curves=STUCK)


def straight() -> tuple[Experiment, Record]:
    chosen = HEALTHY.changed({"network.layers": [{"activation": "identity"}] * 2})
    return chosen, record(chosen, curves=STUCK)


def leaking() -> tuple[Experiment, Record]:
    return HEALTHY, record(HEALTHY, doubts={"explains": ("alive", 1.0), "others_explain": ("alive", 0.4)})


def forgetting() -> tuple[Experiment, Record]:
    return HEALTHY, record(HEALTHY, curves=STUCK, times=[0.5 ** (39 - step) for step in range(40)])


FIRES = {
    "data_leakage": leaking,
    "rnn_vanishing_through_time": forgetting,
    "vanishing_gradient": vanishing,
    "exploding_gradient": exploding,
    "nonfinite_loss": nonfinite,
    "dead_relu": dead,
    "saturated_activation": saturated,
    "symmetric_init": symmetric,
    "bad_init_scale": bad_init,
    "lr_too_high": rate_high,
    "lr_too_low": rate_low,
    "oscillating_loss": swinging,
    "too_few_updates": few_updates,
    "batch_too_small": small_batch,
    "unshuffled_batches": unshuffled,
    "overfitting": overfitting,
    "underfitting": underfitting,
    "over_regularised": held_back,
    "plateau": plateau,
    "unscaled_inputs": raw_inputs,
    "unscaled_targets": raw_target,
    "class_imbalance": small_class,
    "noisy_labels": noisy,
    "validation_not_representative": other_validation,
    "collapsed_predictions": collapsed,
    "miscalibrated": too_sure,
    "output_loss_mismatch": wrong_pair,
    "missing_nonlinearity": straight,
}


def healthy() -> list[tuple[Experiment, Record]]:
    good = answers(TARGETS, 0.92, 0.92)
    fades = {"output_gradient_rms": [0.02, 0.015, 0.01], "saturated_share": [0.3, 0.2, None], "dead_share": None}
    return [
        (HEALTHY, record(HEALTHY, answers=good, targets=TARGETS, units=[([0.1, 0.5, 0.9], [0.3, 0.2, 0.5])] * 2)),
        (SIGMOIDS, record(SIGMOIDS, layers=fades)),
        (VALUES, record(VALUES, baselines={("guess", "train"): (1.0, 0.0), ("linear", "train"): (0.5, 0.5)})),
        (HEALTHY, record(HEALTHY, replicas=5, answers=good, targets=TARGETS)),
        (HEALTHY, record(HEALTHY, epochs=2, state="running")),
        (HEALTHY, record(HEALTHY, doubts=EASY, times=[0.97 ** (39 - step) for step in range(40)])),
        (HEALTHY, record(HEALTHY, times=[0.5 ** (39 - step) for step in range(40)])),
    ]


def test_every_rule_has_a_record_on_which_it_fires():
    assert set(FIRES) == set(RULES)


@pytest.mark.parametrize("name", FIRES)
def test_fires_where_the_symptom_is(name):
    found = {finding.id: finding for finding in diagnose(*FIRES[name]()).findings}
    assert name in found
    finding = found[name]
    assert finding.message.count(".") >= 1 and finding.value is not None and finding.source


@pytest.mark.parametrize("name", RULES)
def test_is_silent_where_all_is_well(name):
    for experiment, kept in healthy():
        assert name not in {finding.id for finding in diagnose(experiment, kept).findings}


def test_a_healthy_run_hears_so():
    verdict = diagnose(*healthy()[0]).verdict
    assert verdict.startswith("Nothing is wrong that we can see: 2") and verdict.endswith("checks are clear.")


def test_every_symptom_of_the_catalogue_is_a_rule():
    assert len(RULES) == 28


@pytest.mark.parametrize(
    ("doubts", "said"),
    [
        ({"copies": ("", 0.5)}, {"data_leakage"}),
        ({"apart": ("day", 0.98)}, {"validation_not_representative"}),
        ({"shares": ("b", 0.25), "shares_by_chance": ("", 0.2)}, {"validation_not_representative"}),
        ({"shares": ("b", 0.25), "shares_by_chance": ("", 0.26)}, set()),
        ({"shares": ("b", 0.1), "shares_by_chance": ("", 0.02)}, set()),
        ({"explains": ("p", 0.96), "others_explain": ("p", 0.1), "copies": ("", 0.05), "apart": ("p", 0.6)}, set()),
    ],
)
def test_doubts_about_the_score_are_said_before_training_too(doubts, said):
    told = {
        "doubts": [{"name": n, "column": c, "value": v} for n, (c, v) in doubts.items()],
        "rows": {"validation": 99},
    }
    assert {f.id for f in check(HEALTHY, told).findings} == said


def test_the_class_whose_share_differs_is_named_unless_balancing_wants_it_so():
    doubts = {"shares": ("b", 0.25), "shares_by_chance": ("", 0.2)}
    found = next(f for f in diagnose(HEALTHY, record(HEALTHY, doubts=doubts)).findings)
    assert found.id == "validation_not_representative" and "class “b” differs by 25" in found.message
    chosen = HEALTHY.changed({"preparation.balance": "oversample"})
    assert diagnose(chosen, record(chosen, doubts=doubts)).findings == ()


def test_before_training_the_settings_speak():
    said = {f.id for f in check(wrong_pair()[0]).findings} | {f.id for f in check(straight()[0]).findings}
    assert said == {"output_loss_mismatch", "missing_nonlinearity"}
    assert {f.id for f in check(symmetric()[0]).findings} == {"symmetric_init"}
    assert check(HEALTHY).findings == ()


def test_a_preview_shows_the_gradient_fade_before_the_first_step():
    shown = {"layers": [{"layer": k + 1, "output_gradient_rms": 10.0 ** (k - 8)} for k in range(8)], "features": 4}
    assert [f.id for f in check(DEEP, None, shown).findings] == ["vanishing_gradient"]


def test_units_that_were_never_alive_need_a_way_back_and_killed_ones_smaller_steps():
    born = diagnose(*dead()).findings[0]
    assert born.id == "dead_relu" and [r.id for r in born.remedies[:2]] == ["activation_leaky_relu", "batch_norm"]
    shares = {"dead_share": lambda epoch, layer: None if layer == 3 else 0.0 if epoch == 0 else 0.7}
    killed = diagnose(HEALTHY, record(HEALTHY, curves=STUCK, layers=shares)).findings[0]
    assert killed.id == "dead_relu" and killed.remedies[0].id.startswith("learning_rate")


def test_wrong_labels_are_shown_where_suspects_are_listed():
    found = next(f for f in diagnose(*noisy()).findings if f.id == "noisy_labels")
    assert found.page == "rows" and "learns them by heart" in found.message


AROUND = {
    "contradicted": ("", 0.3),
    "contradicted_at_least": ("", 0.25),
    "contradicted_all_over": ("", 0.31),
    "largest": ("", 0.35),
}
BY_HEART = {"train_score": [1.0] * 41, "validation_score": [0.7] * 41}


@pytest.mark.parametrize(
    ("curves", "doubts", "is_said"),
    [
        (BY_HEART, AROUND, True),
        (BY_HEART, {**AROUND, "contradicted": ("", 0.2)}, False),
        (BY_HEART, {**AROUND, "contradicted_at_least": ("", 0.09)}, False),
        (BY_HEART, {**AROUND, "largest": ("", 0.6)}, False),
        ({"train_score": [0.7] * 41, "validation_score": [0.7] * 41}, AROUND, False),
    ],
)
def test_labels_that_the_rows_around_contradict_are_said_of_a_network_that_learns_them(curves, doubts, is_said):
    found = {f.id: f for f in diagnose(HEALTHY, record(HEALTHY, curves=curves, doubts=doubts)).findings}
    assert ("noisy_labels" in found) == is_said
    if is_said:
        assert "30" in found["noisy_labels"].message and found["noisy_labels"].remedies


def test_a_network_that_is_right_where_it_is_surest_outweighs_the_rows_around():
    said = np.full((len(TARGETS), 3), 0.2)
    for row, target in enumerate(TARGETS):
        said[row, int(target) if row % 3 else (int(target) + 1) % 3] = 0.6 + 0.3 * (row % 3 > 0)
    kept = record(HEALTHY, curves=BY_HEART, doubts=AROUND, answers=said, targets=TARGETS)
    assert "noisy_labels" not in {f.id for f in diagnose(HEALTHY, kept).findings}
    even = record(HEALTHY, curves=BY_HEART, doubts=AROUND, answers=answers(TARGETS, 0.8, 0.72), targets=TARGETS)
    assert "noisy_labels" in {f.id for f in diagnose(HEALTHY, even).findings}


@pytest.mark.parametrize("lost", [float("nan"), float("inf")])
def test_a_run_whose_numbers_ran_away_is_not_said_to_explain_nan(lost):
    curves = {name: [LN3, *[lost] * 40] for name in ("train_loss", "validation_loss")}
    told = diagnose(HEALTHY, record(HEALTHY, curves=curves, state="failed"))
    assert "nonfinite_loss" in {finding.id for finding in told.findings}
    assert "underfitting" in told.unjudged
    assert not [finding.message for finding in (*told.findings, *told.watch) if "nan" in finding.message]


def test_before_training_contradicted_labels_are_watched():
    told = {"doubts": [{"name": n, "column": c, "value": v} for n, (c, v) in AROUND.items()]}
    assert [(f.id, f.zone) for f in check(HEALTHY, told).watch] == [("noisy_labels", "watch")]


@pytest.mark.parametrize(("reached", "is_said"), [(0.98, True), (0.62, False)])
def test_a_network_short_of_what_the_nearest_rows_tell_underfits_though_no_line_does_better(reached, is_said):
    poor = {("linear", "train"): (0.9, 0.6), ("linear", "validation"): (0.95, 0.58)}
    curves = {"train_loss": falling(40, end=0.85), "train_score": [0.6] * 41}
    kept = record(HEALTHY, curves=curves, baselines=poor, doubts={"reached": ("", reached)})
    found = {f.id: f for f in diagnose(HEALTHY, kept).findings}
    assert ("underfitting" in found) == is_said
    if is_said:
        assert "reaches 98" in found["underfitting"].message


def test_every_finding_says_what_it_measured():
    for name in Thresholds.model_fields:
        told = Symptom("a", "A", "data", "dead_share").found("present", DEFAULT, 1.0, "", limit=name).measured
        assert told and not told.startswith("The same"), name


def test_an_initialisation_of_the_same_family_is_no_remedy():
    def offered(kind, activation="sigmoid"):
        layers = [{"units": 8, "activation": activation}] * 3
        network = {"layers": layers, "initialisation": {"kind": kind}}
        return fitting_initialisation(Experiment.model_validate({"data": "iris", "network": network}))

    assert offered("glorot_uniform") is None and offered("glorot_normal") is None
    assert offered("he_normal").change == {"network.initialisation": {"kind": "glorot_normal"}}
    assert offered("he_uniform", "relu") is None


def test_a_fixed_order_that_is_mixed_is_no_fault_however_much_the_losses_of_small_batches_differ():
    chosen, made = unshuffled()
    assert "unshuffled_batches" in [finding.id for finding in diagnose(chosen, made).findings]
    wave = [float(1 + np.sin(k)) for k in range(20)]
    mixed = record(chosen, curves=STUCK, steps=[wave] * 40, doubts={"sorted": ("", 0.05)})
    assert "unshuffled_batches" not in [finding.id for finding in diagnose(chosen, mixed).findings]


def test_units_driven_into_the_flat_part_by_leaping_weights_are_the_rate_s_fault():
    """The loss stands still above what is good and does not swing: only the units tell what happened."""
    chosen = HEALTHY.changed({"optimizer.learning_rate": 1.0})
    layers = {
        "saturated_share": lambda epoch, layer: 0.05 if epoch == 0 else 0.97,
        "weight_rms": lambda epoch, layer: 0.1 if epoch == 0 else 2.0,
        "update_ratio": lambda epoch, layer: 0.01,
    }
    losses = [LN3, *np.linspace(0.9, 0.7, 40).tolist()]
    found = diagnose(chosen, record(chosen, curves={"train_loss": losses, "validation_loss": losses}, layers=layers))
    assert found.causes[0].id == "lr_too_high"
    assert "saturated" in found.causes[0].message
    picture = evidence(found.causes[0], _seen(record(chosen, layers=layers)))
    assert picture is not None and picture.title == "weights ÷ before training"
    assert picture.table["value"].max() == pytest.approx(np.log10(20)) and picture.limit == pytest.approx(np.log10(3))


def _seen(made: Record) -> AnalysisRecord:
    return AnalysisRecord(made.meta, made.state, made.tables)


def test_memorising_names_the_epoch_of_the_lowest_loss_as_curves_does():
    """The rule smooths to judge; what it names is the epoch whose weights early stopping keeps."""
    rising = [LN3, *np.linspace(0.6, 0.5, 10).tolist(), *np.linspace(0.5, 1.4, 30).tolist()]
    rising[4] = 0.45  # one lucky epoch, which a median of three does not see
    made = record(HEALTHY, curves={"validation_loss": rising})
    found = next(f for f in diagnose(HEALTHY, made).findings if f.id == "overfitting")
    assert found.epoch == progress(_seen(made)).best_epoch == 4
    assert "best at epoch 4 of 40" in found.message
