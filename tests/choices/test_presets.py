"""Every preset shows its symptom, and the healthy ones none, in a plain loop that knows nothing of our engine."""

import numpy as np
import pytest
import torch

from core.choices.presets import BROKEN, HEALTHY, PRESETS
from core.data.baselines import baselines
from core.data.prepare import prepare
from core.experiment import Experiment
from tests.choices.plain import linears, trained


@pytest.fixture(scope="module")
def run():
    """Runs by preset, trained once."""
    torch.set_num_threads(1)
    known = {}

    def of(key, **changes):
        name = (key, str(changes))
        if name not in known:
            known[name] = trained(PRESETS[key].experiment.changed(changes))
        return known[name]

    return of


def dead_share(run, layer):
    """Share of units that give 0 for every training row; of an image's channels, at every place."""
    silent = run.outputs[run.network.blocks[layer].output] == 0
    rows = (0, 2, 3) if silent.dim() == 4 else 0
    return float(silent.all(rows).float().mean())


def linear(key):
    """Validation score of a linear model."""
    experiment = PRESETS[key].experiment
    splits = prepare(experiment.data.load(), experiment.split, experiment.preparation).splits
    return next(b.score for b in baselines(splits, experiment.loss) if (b.name, b.split) == ("linear", "validation"))


def turns(values):
    """Share of epochs at which a curve changes its direction."""
    directions = np.sign(np.diff(values))
    return float((directions[1:] != directions[:-1]).mean())


def test_there_are_enough_and_their_words_are_short():
    assert len(BROKEN) >= 14 and len(HEALTHY) >= 3
    assert len({p.key for p in PRESETS.values()}) == len(BROKEN) + len(HEALTHY)
    for preset in PRESETS.values():
        assert len(preset.title) <= 40
        assert preset.story.endswith(".") and len(preset.story) <= 200
        assert Experiment.model_validate_json(preset.experiment.model_dump_json()) == preset.experiment
    assert all(preset.symptom for preset in BROKEN) and not any(preset.symptom for preset in HEALTHY)


def test_twelve_sigmoid_layers_lose_the_gradient_and_batch_normalisation_brings_it_back(run):
    broken, mended = run("deep_sigmoid"), run("deep_sigmoid_mended")
    assert broken.first_gradients[0] / broken.first_gradients[-2] < 1e-5
    assert broken.train_score[-1] < 0.15
    assert mended.first_gradients[0] / mended.first_gradients[-2] > 0.1
    assert mended.validation_score[-1] > 0.93


def test_relu_dies(run):
    assert max(dead_share(run("dying_relu"), layer) for layer in range(3)) > 0.9
    assert run("dying_relu").train_score[-1] < 0.2


def test_narrow_deep_relu_is_dead_before_the_first_step(run):
    born = run("born_dead")
    silent = [born.first_outputs[block.output] == 0 for block in born.network.blocks[:-1]]
    assert bool(silent[-1].all()) and max(born.first_gradients[:-1]) == 0
    wide = run("born_dead", **{f"network.layers.{layer}.units": 32 for layer in range(16)})
    assert born.train_score[-1] < 0.15 and wide.train_score[-1] > 0.9


def test_a_step_passes_no_gradient(run):
    assert run("step_activation").first_gradients[:4] == [0.0] * 4
    assert run("step_activation").first_gradients[4] > 0


def test_units_that_start_alike_stay_alike(run):
    for layer in linears(run("constant_start").network)[1:-1]:
        assert float((layer.weight - layer.weight[0]).detach().abs().max()) < 1e-5
    assert run("constant_start").train_score[-1] < 0.5


def test_a_rate_too_high_leaps_about(run):
    high = run("rate_too_high")
    assert turns(high.train_loss) > 0.3
    assert min(high.train_loss[5:]) > high.train_loss[0] / 2
    assert run("rate_too_high", **{"optimizer.learning_rate": 0.01}).validation_score[-1] > 0.93


def test_a_rate_too_low_creeps(run):
    low = run("rate_too_low")
    assert np.median(low.update_share) < 1e-4
    assert np.all(np.diff(low.train_loss) < 0)
    assert low.train_score[-1] < 0.3
    assert run("rate_too_low", **{"optimizer.learning_rate": 0.1}).validation_score[-1] > 0.93


def test_unscaled_inputs_drive_tanh_to_the_rail(run):
    raw = run("unscaled_inputs")
    first = raw.first_outputs[raw.network.blocks[0].output]
    assert float((first.abs() > 0.975).float().mean()) > 0.8  # slope under a twentieth of its maximum
    scaled = run("unscaled_inputs", **{"preparation.scaling": "standard"})
    assert scaled.validation_score[-1] > raw.validation_score[-1] + 0.2


def test_few_rows_are_learned_by_heart(run):
    heart = run("overfitting")
    assert heart.train_score[-1] == 1.0
    assert heart.validation_loss[-1] > 1.5 * min(heart.validation_loss)
    assert heart.train_score[-1] - heart.validation_score[-1] > 0.15


def test_squared_error_on_sigmoids_stays_wrong(run):
    stuck = run("squared_error_on_sigmoid")
    assert stuck.train_loss[-1] > 0.8 * stuck.train_loss[0] and stuck.train_score[-1] < 0.2
    mended = run("squared_error_on_sigmoid", loss={"kind": "cross_entropy"})
    assert mended.train_score[-1] > stuck.train_score[-1] + 0.5


def test_glorot_shrinks_the_signal_of_deep_relu(run):
    glorot = run("glorot_deep_relu")
    spreads = [float(glorot.first_outputs[block.output].std()) for block in glorot.network.blocks[:-1]]
    factor = (spreads[-1] / spreads[0]) ** (1 / 29)
    assert factor == pytest.approx(0.70, abs=0.05)  # SYMPTOMS.md H3: 1/sqrt(2) per layer
    assert glorot.train_score[-1] < 0.15
    assert min(glorot.train_loss) > np.log(10) - 0.01
    he = run("glorot_deep_relu", **{"network.initialisation": "he_normal"})
    assert min(he.train_loss) < 1.2


def test_one_row_at_a_time_never_settles(run):
    noisy = run("batch_of_one")
    assert turns(noisy.train_loss) > 0.4
    whole = run("batch_of_one", **{"training.batch_size": 32})
    assert np.std(np.diff(noisy.train_loss[5:])) > 5 * np.std(np.diff(whole.train_loss[5:]))


def test_a_linear_stack_is_a_line(run):
    assert run("linear_stack").validation_score[-1] == pytest.approx(linear("linear_stack"), abs=0.1)
    assert run("linear_stack").validation_score[-1] < 0.65


def test_two_units_cannot_hold_ten_digits(run):
    assert run("two_units").train_score[-1] < 0.7 < linear("two_units")
    assert run("two_units", **{"network.layers.0.units": 32}).train_score[-1] > 0.95


def test_an_unscaled_target_starts_far_away(run):
    far = run("unscaled_target")
    assert far.train_loss[0] > 10_000
    scaled = run("unscaled_target", **{"preparation.standardise_target": True})
    assert far.validation_score[-1] < 0 < 0.2 < scaled.validation_score[-1]


def test_imbalance_hides_a_useless_class(run):
    guessed = run("unbalanced").predictions.argmax(1)
    assert run("unbalanced").validation_score[-1] > 0.95
    assert guessed.mean() < 0.005
    assert run("unbalanced", **{"preparation.balance": "oversample"}).predictions.argmax(1).mean() > 0.02


def test_too_much_decay_holds_both_scores_down(run):
    held = run("too_much_decay")
    assert max(held.train_score[-1], held.validation_score[-1]) < 0.5
    free = run("too_much_decay", **{"optimizer.weight_decay": 0.0, "network.layers.0.dropout": 0.0,
                                    "network.layers.1.dropout": 0.0})  # fmt: skip
    assert free.validation_score[-1] > 0.93


def test_weights_too_large_explode(run):
    grown = run("exploding")
    spreads = [float(grown.first_outputs[block.output].std()) for block in grown.network.blocks[:-1]]
    assert (spreads[-1] / spreads[0]) ** (1 / 9) > 2
    assert not np.isfinite(grown.train_loss[-1])


def test_unshuffled_batches_forget(run):
    sorted_rows, shuffled = run("unshuffled"), run("unshuffled", **{"training.shuffle": True})
    assert sorted_rows.validation_score[-1] < 0.8 < 0.95 < shuffled.validation_score[-1]
    splits = prepare(PRESETS["unshuffled"].experiment.data.load(), PRESETS["unshuffled"].experiment.split,
                     PRESETS["unshuffled"].experiment.preparation).splits  # fmt: skip
    batches = splits.targets[splits.train[0]][:200].reshape(-1, 4)
    assert np.mean([len(set(batch)) == 1 for batch in batches]) > 0.8


def test_twelve_steps_are_too_few(run):
    short = run("too_few_updates")
    assert np.all(np.diff(short.train_loss) < -0.03)
    assert short.train_score[-1] < 0.5
    assert run("too_few_updates", **{"training.epochs": 200}).validation_score[-1] > 0.9


def test_wrong_labels_are_learned_by_heart(run):
    wrong = run("wrong_labels")
    assert wrong.train_score[-1] > 0.67 + 0.03  # better than the rule, which two thirds of the rows follow
    assert wrong.validation_loss[-1] > 1.15 * min(wrong.validation_loss)
    clean = run("wrong_labels", **{"data.wrong": 0.0})
    assert clean.validation_score[-1] > 0.95


def test_a_rate_far_too_high_kills_whole_filters_and_a_smaller_one_does_not(run):
    assert max(dead_share(run("dead_filters"), layer) for layer in (0, 1)) > 0.5
    assert max(dead_share(run("healthy_filters"), layer) for layer in (0, 1)) < 0.2


PLAIN = [p.key for p in HEALTHY if p.experiment.network.layer_wise is None and p.experiment.network.kind != "recurrent"]
"""The loop here knows nothing of pretraining, nor of cells; those presets are tested beside their engines."""


@pytest.mark.parametrize("key", PLAIN)
def test_healthy_ones_learn(run, key):
    well = run(key)
    assert well.validation_score[-1] > 0.93
    assert min(well.first_gradients[:-1]) / max(well.first_gradients[:-1]) > 0.05
    assert all(dead_share(well, layer) < 0.3 for layer in range(len(well.network.blocks) - 1))
