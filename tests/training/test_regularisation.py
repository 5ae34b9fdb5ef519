"""What is done against overfitting: against autograd of the penalised loss, closed forms, and the gap it shrinks."""

import dataclasses

import numpy as np
import pytest
import torch
from torch.nn import functional

from core.choices.augmentations import AUGMENTATIONS
from core.choices.presets import PRESETS
from core.choices.tables import Digits
from core.data.prepare import prepare
from core.recording.sink import MemorySink
from core.refusal import Refusal
from core.training.disturbing import Disturbance, Pixels, augmented
from core.training.loop import train
from core.training.program import Program
from tests.training.made import classes, experiment

CPU = torch.device("cpu")


def test_l1_and_l2_are_the_gradient_of_the_penalised_loss():
    splits = classes(160)
    chosen = experiment(
        [{"units": 9, "normalisation": "batch"}],
        optimizer="sgd",
        training__batch_size=40,
        training__shuffle=False,
        regularisation={"l1": 0.01, "l2": 0.03},
    )
    program = Program(chosen, splits, [0], CPU, fused=False)
    net = program.network.to_module(0)
    x, y = torch.tensor(splits.inputs[0]), torch.tensor(splits.targets)
    theirs = torch.optim.SGD(net.parameters(), lr=0.1)
    for rows in torch.as_tensor(splits.train[0]).split(40):
        net.zero_grad()
        weights = [p for p in net.parameters() if p.dim() == 2]
        penalty = 0.01 * sum(w.abs().sum() for w in weights) + 0.015 * sum(w.square().sum() for w in weights)
        (functional.cross_entropy(net(x[rows]), y[rows]) + penalty).backward()
        theirs.step()
    program.run_epoch(False, lambda: True)
    for name, tensor in program.network.to_module(0).state_dict().items():
        torch.testing.assert_close(tensor, net.state_dict()[name], rtol=1e-5, atol=1e-6)


def test_l1_makes_weights_vanish_where_l2_only_shrinks_them():
    left = {}
    for kind in ("l1", "l2"):
        chosen = experiment([], regularisation={kind: 0.05}, optimizer="sgd", training__epochs=60)
        program = Program(chosen, classes(300), [0], CPU)
        for _ in range(60):
            program.run_epoch(False, lambda: True)
        weights = program.network.weights[0, :18].abs()
        left[kind] = float((weights < 0.02).float().mean())
    assert left["l1"] > left["l2"]


def test_no_unit_has_longer_incoming_weights_than_max_norm():
    chosen = experiment(regularisation={"max_norm": 0.5}, optimizer__learning_rate=0.05)
    program = Program(chosen, classes(), range(3), CPU)
    for _ in range(5):
        program.run_epoch(False, lambda: True)
    lengths = []
    for place in range(3):
        lengths += [p.norm(dim=1) for p in program.network.to_module(place).parameters() if p.dim() == 2]
    lengths = torch.cat(lengths).detach()
    assert lengths.max() <= 0.5 + 1e-6
    assert (lengths > 0.499).float().mean() > 0.5


def test_noise_has_the_spread_that_was_asked_for_and_leaves_evaluation_alone():
    splits = classes(500)
    chosen = experiment(regularisation={"input_noise": 0.4})
    program = Program(chosen, splits, range(2), CPU)
    clean = torch.zeros(3, 2, 200, 6)
    noisy = program._disturbance.inputs(clean)
    assert float(noisy.std()) == pytest.approx(0.4, rel=0.03)
    assert not torch.equal(noisy[:, 0], noisy[:, 1])
    before = program.validation.reach(program.network)
    assert np.array_equal(before.loss, program.validation.reach(program.network).loss)


def test_mixup_is_the_loss_of_mixed_rows_against_both_targets():
    splits = classes(200)
    chosen = experiment([], regularisation={"mixup": 0.5}, optimizer="sgd")
    program = Program(chosen, splits, [0], CPU, fused=False)
    program.recorder = None
    net = program.network.to_module(0)
    drawn, inner = [], program._disturbance.mix
    program._disturbance.mix = lambda x: drawn.append(inner(x)) or drawn[-1]
    x, y = torch.tensor(splits.inputs[0][:40]), torch.tensor(splits.targets[:40])
    program.step(x[None], y[None])
    mixed, others, share = drawn[0]
    lam, other = float(share[0, 0]), others[0]
    torch.testing.assert_close(mixed[0], lam * x + (1 - lam) * x[other])
    outputs = net(lam * x + (1 - lam) * x[other])
    wanted = lam * functional.one_hot(y, 3).float() + (1 - lam) * functional.one_hot(y[other], 3).float()
    functional.cross_entropy(outputs, wanted).backward()
    torch.optim.SGD(net.parameters(), lr=0.1).step()
    for name, tensor in program.network.to_module(0).state_dict().items():
        torch.testing.assert_close(tensor, net.state_dict()[name], rtol=1e-5, atol=1e-6)


def test_shares_of_mixup_are_beta():
    from scipy.stats import beta, kstest

    chosen = experiment(regularisation={"mixup": 0.3}).regularisation
    made = Disturbance(chosen, classes(), [0], [0], CPU)
    shares = [float(made.mix(torch.zeros(1, 2, 1))[2]) for _ in range(600)]
    assert kstest(shares, beta(0.3, 0.3).cdf).pvalue > 0.01


IMAGE = torch.rand(1, 2, 9, 9, generator=torch.Generator().manual_seed(0))


def drawn(*values):
    return torch.tensor([values])


@pytest.mark.parametrize("kind", AUGMENTATIONS)
def test_a_draw_in_the_middle_changes_little_and_the_ends_are_within_bounds(kind):
    chosen = AUGMENTATIONS[kind]()
    if kind not in ("flip", "erase"):
        torch.testing.assert_close(augmented(IMAGE, [chosen], torch.full((1, chosen.needs), 0.5)), IMAGE)
    for end in (0.0, 0.999):
        changed = augmented(IMAGE, [chosen], torch.full((1, chosen.needs), end))
        assert changed.shape == IMAGE.shape
        assert torch.isfinite(changed).all()


def test_shift_flip_and_a_quarter_turn_move_pixels_exactly():
    shift = AUGMENTATIONS["shift"](most=1 / 9)
    moved = augmented(IMAGE, [shift], drawn(1.0, 0.5))  # reads one pixel further right
    torch.testing.assert_close(moved[..., :, :-1], IMAGE[..., :, 1:])
    assert moved[..., :, -1].abs().max() < 1e-5
    flipped = augmented(IMAGE, [AUGMENTATIONS["flip"]()], drawn(0.2))
    torch.testing.assert_close(flipped, IMAGE.flip(-1))
    torch.testing.assert_close(augmented(IMAGE, [AUGMENTATIONS["flip"]()], drawn(0.7)), IMAGE)
    upside = augmented(IMAGE, [AUGMENTATIONS["flip"](way="upside_down")], drawn(0.2))
    torch.testing.assert_close(upside, IMAGE.flip(-2))
    turned = augmented(IMAGE, [AUGMENTATIONS["rotate"](degrees=90)], drawn(1.0))
    quarter = [torch.rot90(IMAGE, k, (-2, -1)) for k in (1, 3)]
    assert min(float((turned - each).abs().max()) for each in quarter) < 1e-5


def test_geometries_in_a_row_are_one_resampling_of_their_product():
    both = [AUGMENTATIONS["shift"](most=2 / 9), AUGMENTATIONS["flip"]()]
    once = augmented(IMAGE, both, drawn(0.75, 0.5, 0.2))
    twice = augmented(augmented(IMAGE, both[:1], drawn(0.75, 0.5)), both[1:], drawn(0.2))
    torch.testing.assert_close(once, twice)


def test_a_larger_scale_magnifies_and_contrast_keeps_the_mean():
    spot = torch.zeros(1, 1, 9, 9)
    spot[..., 3:6, 3:6] = 1
    larger = augmented(spot, [AUGMENTATIONS["scale"](most=0.5)], drawn(1.0))
    assert larger.sum() == pytest.approx(9 * 1.5**2, rel=0.15)
    stretched = augmented(IMAGE, [AUGMENTATIONS["contrast"](most=0.5)], drawn(1.0))
    torch.testing.assert_close(stretched.mean((1, 2, 3)), IMAGE.mean((1, 2, 3)))
    torch.testing.assert_close(stretched.std(), 1.5 * IMAGE.std(), rtol=1e-3, atol=1e-3)
    blotted = augmented(IMAGE, [AUGMENTATIONS["erase"](side=0.34)], drawn(0.5, 0.5))
    assert (blotted[..., 3:6, 3:6] == 0).all()
    assert int((blotted == 0).sum()) == 2 * 9


def test_digits_are_augmented_as_they_came_and_scaled_again():
    """An empty pixel stays the same however its column was scaled; doing nothing gives the rows back."""
    splits = prepare(Digits().load(), experiment().split, experiment().preparation).splits
    assert splits.shape == (1, 8, 8)
    pixels = Pixels(splits, [0], CPU)
    rows = torch.tensor(splits.inputs[0][:50])[None, None]
    images = pixels.images(rows)
    raw = torch.tensor(Digits().load().table.data.select(list(splits.input_names)).to_pandas().to_numpy())
    torch.testing.assert_close(images.flatten(3)[0, 0], raw[splits.rows[:50]].float(), rtol=1e-4, atol=1e-3)
    loud = splits.spread[0] > 0.6 * np.median(splits.spread[0][splits.inputs[0].std(0) > 0])
    torch.testing.assert_close(pixels.rows(images)[..., loud], rows[..., loud], rtol=1e-4, atol=1e-4)
    assert loud.mean() > 0.5
    moved = experiment(regularisation={"augmentation": ["shift", "rotate"]}).regularisation
    seen = Disturbance(moved, splits, [0], [0], CPU).inputs(torch.tensor(splits.inputs[0][splits.train[0]])[None, None])
    assert float(seen.abs().max()) < 10


def test_augmentation_of_rows_that_are_no_images_is_refused():
    chosen = experiment(regularisation={"augmentation": ["shift"]})
    with pytest.raises(Refusal, match="no images"):
        train(chosen, classes(), MemorySink())


def gap(chosen, splits):
    summary = train(chosen, splits, MemorySink())
    return summary.train_score.median - summary.validation_score.median, summary


WEAPONS = {
    "dropout": {f"network.layers.{k}.dropout": 0.5 for k in range(3)},
    "weight_decay": {"optimizer": {"kind": "adamw", "learning_rate": 0.003, "weight_decay": 3.0}},
    "l2": {"regularisation.l2": 0.03},
    "l1": {"regularisation.l1": 0.002},
    "max_norm": {"regularisation.max_norm": 0.4},
    "input_noise": {"regularisation.input_noise": 0.4},
    "mixup": {"regularisation.mixup": 1.0},
}


@pytest.fixture(scope="module")
def by_heart():
    preset = PRESETS["overfitting"].experiment.changed({"training.replicas": 3, "training.epochs": 100})
    splits = prepare(preset.data.load(), preset.split, preset.preparation).splits
    return preset, splits, gap(preset, splits)[0]


@pytest.mark.slow
@pytest.mark.parametrize("weapon", WEAPONS)
def test_each_shrinks_the_gap_of_learning_by_heart(weapon, by_heart):
    preset, splits, wide = by_heart
    assert wide > 0.15
    narrow, _ = gap(preset.changed(WEAPONS[weapon]), splits)
    assert narrow < 0.75 * wide


@pytest.mark.slow
def test_augmentation_shrinks_the_gap_of_few_digits():
    """On images whose pixels are all scaled alike: scaled one by one, moved pixels mean something else."""
    scaled = {"preparation.scaling": "minmax", "training.epochs": 150, "training.replicas": 3}
    chosen = experiment([{"units": 64}], data="digits").changed(scaled)
    splits = prepare(chosen.data.load(), chosen.split.model_copy(update={"used": 0.1}), chosen.preparation).splits
    wide, plain = gap(chosen, splits)
    helped = {"regularisation.augmentation": [{"kind": "shift", "most": 0.12}, {"kind": "rotate", "degrees": 10}]}
    narrow, better = gap(chosen.changed(helped), splits)
    assert narrow < 0.75 * wide
    assert better.validation_score.median > plain.validation_score.median


def test_a_part_of_the_rows_has_the_wider_gap():
    """More data is the first remedy: a quarter of the training rows against all."""
    chosen = experiment([{"units": 64}], data="digits", training__epochs=20)
    gaps = []
    for used in (0.05, 1.0):
        split = chosen.split.model_copy(update={"used": used})
        gaps.append(gap(chosen, prepare(chosen.data.load(), split, chosen.preparation).splits)[0])
    assert gaps[1] < gaps[0] / 2


def test_a_network_with_noise_is_scored_on_clean_rows():
    sink = MemorySink()
    chosen = experiment(regularisation={"input_noise": 2.0}, training__epochs=15)
    splits = dataclasses.replace(classes(400))
    train(chosen, splits, sink)
    last = sink.table("epochs").to_pylist()[-1]
    assert last["train_loss"] < last["batch_loss"]
