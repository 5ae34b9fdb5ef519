"""Generated sequences: what they say is asked is what their numbers hold."""

import numpy as np
import pytest

from core.data.sequences import FASTEST, KINDS, SLOWEST, columns, sample

SHAPES = {"delay": {"symbols": 3}, "frequencies": {"tones": 3}, "sines": {"horizon": 4}}


def drawn(kind, rows=200, length=30, noise=0.0, seed=0):
    made = sample(kind, rows, length, noise, seed, **SHAPES.get(kind, {}))
    flat = np.stack([made.table.data[name].to_numpy() for name in made.inputs], 1)
    return made, flat.reshape(rows, *made.shape), np.array(made.table.data[made.target].to_pylist())


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_holds_every_step_in_order(kind):
    made, inputs, _ = drawn(kind)
    assert made.shape == (30, 2 if kind == "adding" else 1)
    assert inputs.shape == (200, *made.shape)
    assert made.inputs[: made.shape[1]] == tuple(
        f"{name} 1" for name in (["number", "mark"] if kind == "adding" else [made.inputs[0][:-2]])
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_rows_and_another_gives_others(kind):
    once, again, other = drawn(kind, noise=0.1), drawn(kind, noise=0.1), drawn(kind, noise=0.1, seed=1)
    assert np.array_equal(once[1], again[1]) and np.array_equal(once[2], again[2])
    assert not np.array_equal(once[1], other[1])


def test_delay_says_its_symbol_at_the_first_step_only():
    made, inputs, target = drawn("delay", noise=0.2)
    levels = dict(zip("ABC", (-1.0, 0.0, 1.0)))
    assert np.array_equal(inputs[:, 0, 0], [levels[name] for name in target])
    assert inputs[:, 1:].std() == pytest.approx(0.2, abs=0.01)
    later = np.array([inputs[target == name, 1:].mean() for name in "ABC"])
    assert np.abs(later).max() < 0.02
    assert np.bincount([("ABC").index(name) for name in target]).min() >= 66


def test_adding_asks_for_the_sum_of_the_two_marked_numbers_one_in_each_half():
    _, inputs, total = drawn("adding")
    assert np.allclose((inputs[:, :, 0] * inputs[:, :, 1]).sum(1), total)
    assert np.array_equal(inputs[:, :15, 1].sum(1), np.ones(200)) and np.array_equal(
        inputs[:, 15:, 1].sum(1), np.ones(200)
    )


def test_parity_is_that_of_the_ones():
    _, inputs, target = drawn("parity")
    assert np.array_equal(inputs.sum((1, 2)) % 2 == 1, target == "odd")


def test_a_tone_has_the_cycles_that_its_class_says():
    made, inputs, target = drawn("frequencies", rows=60, length=240)
    wanted = dict(zip(made.classes, np.geomspace(SLOWEST, FASTEST, 3)))
    for wave, name in zip(inputs[:, :, 0], target):
        cycles = np.abs(np.diff(np.sign(wave))).sum() / 4
        assert cycles == pytest.approx(wanted[name], abs=0.51)


def test_what_follows_is_the_wave_itself_without_noise():
    """A sine is told by two of its steps: x(t + h) follows from x(t) and x(t − 1) by its frequency."""
    _, inputs, target = drawn("sines")
    wave = inputs[:, :, 0]
    doubled = (wave[:, 2:] + wave[:, :-2]) / (2 * wave[:, 1:-1])
    omega = np.arccos(np.clip(np.median(doubled, 1), -1, 1))
    before, last = wave[:, -2], wave[:, -1]
    ahead = (last * np.sin(5 * omega) - before * np.sin(4 * omega)) / np.sin(omega)
    assert np.allclose(ahead, target, atol=1e-6)


def asked_at_every_step(kind, **shape):
    made = sample(kind, 100, 12, 0.0, 0, asked="every_step", **shape)
    inputs = np.stack([made.table.data[name].to_numpy() for name in made.inputs], 1).reshape(100, *made.shape)
    return made, inputs, np.stack([made.table.data[name].to_numpy() for name in made.targets], 1)


def test_every_step_of_the_adding_problem_asks_for_the_sum_so_far():
    made, inputs, targets = asked_at_every_step("adding")
    for step in range(12):
        so_far = [sum(number for number, mark in row[: step + 1] if mark) for row in inputs]
        assert np.allclose(targets[:, step], so_far)
    assert made.targets[0] == "sum 1" and made.asked_steps == 12
    assert np.allclose(targets[:, -1], sample("adding", 100, 12, 0.0, 0).table.data["sum"].to_numpy())


def test_every_step_of_a_wave_asks_for_the_wave_so_many_steps_after_it():
    made, inputs, targets = asked_at_every_step("sines", horizon=4)
    assert np.allclose(targets[:, :-4], inputs[:, 4:, 0])
    at_the_end = sample("sines", 100, 12, 0.0, 0, horizon=4)
    assert np.allclose(targets[:, -1], at_the_end.table.data["what follows"].to_numpy())
    assert made.targets[-1] == "what follows 12" and not at_the_end.asked_steps


def test_names_of_columns():
    assert columns(2, ("a", "b")) == ("a 1", "b 1", "a 2", "b 2")
