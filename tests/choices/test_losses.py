"""Every loss against torch.nn's own: values, gradients, class weights; what wrong pairs cost, against closed forms."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from core.choices.losses import LOSSES
from core.choices.outputs import read
from core.data.splits import Splits
from core.training.program import Program
from tests.training.made import classes, experiment, values

K, ROWS = 5, 40
OUTPUTS = ("softmax", "softmax_twice", "sigmoid", "sigmoid_twice", "relu", "linear")


def given(seed=0, units=K):
    random = torch.Generator().manual_seed(seed)
    outputs = (2 * torch.randn(ROWS, units, generator=random, dtype=torch.float64)).requires_grad_()
    return outputs, torch.randint(max(2, units), (ROWS,), generator=random)


def hot(targets, count=K):
    return functional.one_hot(targets, count).double()


def focal(z, y, focus=3.0):
    """Lin 2017, equation 4, written out."""
    true = z.softmax(-1)[range(len(y)), y]
    return -((1 - true) ** focus) * true.log()


REFERENCES = {
    "cross_entropy": ({}, nn.CrossEntropyLoss()),
    "smoothed": ({"kind": "cross_entropy", "label_smoothing": 0.2}, nn.CrossEntropyLoss(label_smoothing=0.2)),
    "twice": ({"kind": "cross_entropy", "output": "softmax_twice"},
              lambda z, y: nn.CrossEntropyLoss()(z.softmax(-1), y)),
    "twice_smoothed": ({"kind": "cross_entropy", "output": "softmax_twice", "label_smoothing": 0.1},
                       lambda z, y: nn.CrossEntropyLoss(label_smoothing=0.1)(z.softmax(-1), y)),
    "sigmoid_shares": ({"kind": "cross_entropy", "output": "sigmoid"},
                       lambda z, y: nn.NLLLoss()((z.sigmoid() / z.sigmoid().sum(-1, keepdim=True)).log(), y)),
    "binary_cross_entropy": ({}, lambda z, y: K * nn.BCEWithLogitsLoss()(z, hot(y))),
    "binary_twice": ({"kind": "binary_cross_entropy", "output": "sigmoid_twice"},
                     lambda z, y: K * nn.BCEWithLogitsLoss()(z.sigmoid(), hot(y))),
    "binary_of_softmax": ({"kind": "binary_cross_entropy", "output": "softmax"},
                          lambda z, y: K * nn.BCELoss()(z.softmax(-1).clamp(1e-7, 1 - 1e-7), hot(y))),
    "hinge": ({"margin": 1.5}, nn.MultiMarginLoss(margin=1.5)),
    "focal": ({"focus": 3.0}, lambda z, y: focal(z, y).mean()),
    "focal_of_0": ({"kind": "focal", "focus": 0.0}, nn.CrossEntropyLoss()),
    "kullback_leibler": ({"label_smoothing": 0.1}, lambda z, y: nn.KLDivLoss(reduction="batchmean")(
        z.log_softmax(-1), 0.9 * hot(y) + 0.1 / K)),
    "squared_error": ({}, lambda z, y: nn.MSELoss()(z, hot(y))),
    "squared_of_softmax": ({"kind": "squared_error", "output": "softmax"},
                           lambda z, y: nn.MSELoss()(z.softmax(-1), hot(y))),
    "squared_of_relu": ({"kind": "squared_error", "output": "relu"}, lambda z, y: nn.MSELoss()(z.relu(), hot(y))),
    "half_squared_error": ({}, lambda z, y: K / 2 * nn.MSELoss()(z, hot(y))),
    "absolute_error": ({}, lambda z, y: nn.L1Loss()(z, hot(y))),
    "huber": ({"delta": 0.7}, lambda z, y: nn.HuberLoss(delta=0.7)(z, hot(y))),
}  # fmt: skip


@pytest.mark.parametrize("name", REFERENCES)
def test_value_and_gradient_are_torchs(name):
    fields, theirs = REFERENCES[name]
    loss = LOSSES[fields.get("kind", name)](**fields)
    (mine, y), (reference, _) = given(), given()
    value = loss.per_row(mine, y).mean()
    value.backward()
    wanted = theirs(reference, y)
    wanted.backward()
    torch.testing.assert_close(value, wanted, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(mine.grad, reference.grad, rtol=1e-6, atol=1e-9)


def test_every_loss_has_a_reference():
    assert set(LOSSES) == {fields.get("kind", name) for name, (fields, _) in REFERENCES.items()}


@pytest.mark.parametrize("kind", [k for k, loss in LOSSES.items() if "regression" in loss.tasks])
def test_values_of_a_regression(kind):
    theirs = {"squared_error": nn.MSELoss(), "half_squared_error": lambda a, b: nn.MSELoss()(a, b) * 3 / 2,
              "absolute_error": nn.L1Loss(), "huber": nn.HuberLoss()}[kind]  # fmt: skip
    outputs, wanted = torch.randn(30, 3, requires_grad=True), torch.randn(30, 3)
    mine = LOSSES[kind]().per_row(outputs, wanted).mean()
    torch.testing.assert_close(mine, theirs(outputs, wanted))
    expected = torch.autograd.grad(theirs(outputs, wanted), outputs)[0]
    torch.testing.assert_close(torch.autograd.grad(mine, outputs)[0], expected)
    answers, targets = outputs.detach().double().numpy(), wanted.double().numpy()
    assert LOSSES[kind]().of_answers(answers, targets).mean() == pytest.approx(mine.item(), rel=1e-5)


def pairs():
    for kind, loss in LOSSES.items():
        allowed = loss.model_fields["output"].annotation.__args__
        for output in allowed:
            yield pytest.param(kind, output, id=f"{kind}-{output}")


@pytest.mark.parametrize(("kind", "output"), pairs())
@pytest.mark.parametrize("count", [2, 4])
def test_any_pair_gives_probabilities_and_costs_what_they_cost(kind, output, count):
    """Wrong pairs too: shares sum to one, the surest class is the largest output where that is promised."""
    loss = LOSSES[kind](output=output)
    outputs, y = given(1, loss.units(count))
    y = y % count
    shares = loss.answers(outputs, "classification").detach()
    assert shares.shape == (ROWS, count)
    assert (shares >= 0).all()
    torch.testing.assert_close(shares.sum(-1), torch.ones(ROWS, dtype=torch.float64))
    if loss.keeps_order:
        assert torch.equal(outputs.argmax(-1), shares.argmax(-1))
    costs = loss.per_row(outputs, y)
    assert costs.shape == (ROWS,)
    assert torch.isfinite(costs).all()
    costs.sum().backward()
    assert torch.isfinite(outputs.grad).all()
    is_binary = (kind, output, count) == ("binary_cross_entropy", "sigmoid", 2)  # else its shares are rescaled
    if is_binary or output in ("softmax", "softmax_twice") and kind not in ("binary_cross_entropy", "hinge"):
        np.testing.assert_allclose(loss.of_answers(shares.numpy(), y.numpy()), costs.detach(), rtol=1e-5)


def test_hinge_of_two_leads_by_the_margin_and_costs_nothing():
    loss = LOSSES["hinge"](margin=1.0)
    outputs = torch.tensor([[2.0, 0.5], [0.0, 0.5], [-1.0, 3.0]])
    np.testing.assert_allclose(loss.per_row(outputs, torch.tensor([0, 0, 1])), [0, 0.75, 0])


@pytest.mark.parametrize(("count", "cap", "floor"), [(2, 0.731, 0.313), (3, 0.576, 0.551), (10, 0.232, 1.461)])
def test_softmax_twice_caps_the_surest_answer(count, cap, floor):
    """H10: e ÷ (e + K − 1), however large the output."""
    loss = LOSSES["cross_entropy"](output="softmax_twice")
    outputs = torch.zeros(1, count, dtype=torch.float64)
    outputs[0, 0] = 1000
    surest = float(loss.answers(outputs, "classification")[0, 0])
    assert surest == pytest.approx(np.e / (np.e + count - 1), rel=1e-12) == pytest.approx(cap, abs=5e-4)
    lowest = float(loss.per_row(outputs, torch.tensor([0]))[0])
    assert lowest == pytest.approx(-np.log(surest), rel=1e-12) == pytest.approx(floor, abs=5e-4)
    assert "twice" in loss.misfit("classification").words


@pytest.mark.parametrize(("z", "squared", "entropy"), [(-5.0, 0.013, 0.993), (-10.0, 9e-5, 1.0)])
def test_squared_error_on_a_sigmoid_stalls_where_it_is_wrong(z, squared, entropy):
    """H9: the slope at an output that should be 1, against the closed forms 2(1 − s)s(1 − s) and 1 − s."""
    slopes = {}
    for kind in ("squared_error", "binary_cross_entropy"):
        output = torch.tensor([[z]], dtype=torch.float64, requires_grad=True)
        LOSSES[kind](output="sigmoid").per_row(output, torch.tensor([1])).sum().backward()
        slopes[kind] = -float(output.grad)
    share = 1 / (1 + np.exp(-z))
    assert slopes["squared_error"] == pytest.approx(2 * (1 - share) ** 2 * share, rel=1e-9)
    assert slopes["squared_error"] == pytest.approx(squared, rel=0.05)
    assert slopes["binary_cross_entropy"] == pytest.approx(1 - share, rel=1e-9)
    assert slopes["binary_cross_entropy"] == pytest.approx(entropy, abs=1e-3)


@pytest.mark.parametrize("count", [2, 3, 10])
def test_the_first_loss_of_outputs_that_say_nothing_is_ln_k(count):
    """H11."""
    loss = LOSSES["cross_entropy"]().per_row(torch.zeros(7, count), torch.arange(7) % count)
    np.testing.assert_allclose(loss, np.log(count), rtol=1e-6)


@pytest.mark.parametrize("kind", [k for k, loss in LOSSES.items() if loss.tasks == ("classification",)])
def test_class_weights_train_as_torchs_weighted_mean(kind):
    weights = (1.0, 4.0, 0.5)
    splits = classes()
    chosen = experiment(
        [], loss={"kind": kind, "class_weights": weights}, optimizer={"kind": "sgd"}, training__shuffle=False,
        training__batch_size=len(splits.train[0]), training__epochs=1,
    )  # fmt: skip
    program = Program(chosen, splits, [0], torch.device("cpu"), fused=False)
    net, rows = program.network.to_module(0), splits.train[0]
    x, y = torch.tensor(splits.inputs[0][rows]), torch.tensor(splits.targets[rows])
    each = torch.tensor(weights)[y]
    ((chosen.loss.per_row(net(x), y) * each).sum() / each.sum()).backward()
    torch.optim.SGD(net.parameters(), lr=0.1).step()
    program.run_epoch(False, lambda: True)
    for mine, theirs in zip(program.network.to_module(0).parameters(), net.parameters()):
        torch.testing.assert_close(mine, theirs)
    if kind == "cross_entropy":
        before = Program(chosen, splits, [0], torch.device("cpu")).network.to_module(0)(x)
        theirs = nn.CrossEntropyLoss(weight=torch.tensor(weights))(before, y)
        mine = (chosen.loss.per_row(before, y) * each).sum() / each.sum()
        torch.testing.assert_close(mine, theirs)


def best_constant(cost):
    """Shares of the one answer to all rows at which a cost of outputs [1, classes] is least."""
    outputs = torch.zeros(1, 3, dtype=torch.float64, requires_grad=True)
    search = torch.optim.LBFGS([outputs], max_iter=500, tolerance_grad=1e-10, tolerance_change=1e-14)

    def again():
        search.zero_grad()
        loss = cost(outputs)
        loss.backward()
        return loss

    search.step(again)
    return outputs.detach().softmax(1)[0].numpy()


def test_smoothing_stays_even_under_class_weights_where_torchs_own_follows_them():
    """A class of weight 50 that no row has: here it is answered with its smoothed share alone, by torch mostly."""
    y, weights, smoothing = torch.tensor([0] * 6 + [1] * 2), torch.tensor([1.0, 3.0, 50.0]).double(), 0.1
    loss = LOSSES["cross_entropy"](class_weights=tuple(weights.tolist()), label_smoothing=smoothing)
    each = weights[y]

    def mine(outputs):
        return (loss.per_row(outputs.expand(8, -1), y) * each).sum() / each.sum()

    def theirs(outputs):
        return nn.CrossEntropyLoss(weights, label_smoothing=smoothing)(outputs.expand(8, -1), y)

    shares = np.array([6, 2, 0]) / 8
    counted = weights.numpy() * shares
    np.testing.assert_allclose(best_constant(mine), 0.9 * counted / counted.sum() + 0.1 / 3, atol=1e-6)
    followed = weights.numpy() * (0.9 * shares + 0.1 / 3)
    np.testing.assert_allclose(best_constant(theirs), followed / followed.sum(), atol=1e-6)
    assert best_constant(theirs)[2] > 0.5 > 0.04 > best_constant(mine)[2]
    rows = nn.CrossEntropyLoss(label_smoothing=smoothing, reduction="none")
    z = torch.randn(8, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(loss.per_row(z, y), rows(z, y))


def test_class_weights_come_on_top_of_balanced_rows():
    from core.training.stepping import weighed

    splits: Splits = classes()
    own = np.random.default_rng(0).random((1, len(splits.targets))).astype(np.float32)
    both = weighed(LOSSES["cross_entropy"](class_weights=(1, 2, 3)), Splits(**{**vars(splits), "weights": own}))
    np.testing.assert_allclose(both.weights[0], own[0] * (splits.targets + 1))
    assert weighed(LOSSES["cross_entropy"](), splits) is splits


def test_wrong_numbers_of_class_weights_are_refused():
    from core.recording.sink import MemorySink
    from core.refusal import Refusal
    from core.training.loop import train

    for weights, words in (((1.0, 2.0), "2 class weights are given, and there are 3"), ((0.0,) * 3, "no row counts")):
        with pytest.raises(Refusal, match=words):
            train(experiment(loss={"kind": "focal", "class_weights": weights}), classes(), MemorySink())


def test_what_is_wrong_is_said_and_right_pairs_are_silent():
    right = {"cross_entropy": "softmax", "focal": "softmax", "kullback_leibler": "softmax", "hinge": "linear",
             "binary_cross_entropy": "sigmoid"}  # fmt: skip
    for kind, loss in LOSSES.items():
        for output in loss.model_fields["output"].annotation.__args__:
            misfit = loss(output=output).misfit("classification")
            assert (misfit is None) == (right.get(kind) == output), (kind, output)
            assert misfit is None or misfit.words.endswith(".")
        if "regression" in loss.tasks:
            said = {output: loss(output=output).misfit("regression") for output in ("linear", "relu", "sigmoid")}
            assert said["linear"] is None
            assert said["relu"].is_wrong
            assert said["sigmoid"].is_wrong


def test_reading_leaves_a_second_function_to_the_loss():
    z = torch.randn(3, 4)
    torch.testing.assert_close(read(z, "softmax_twice"), z.softmax(-1))
    torch.testing.assert_close(read(z, "sigmoid_twice"), z.sigmoid())


def test_a_huber_loss_learns_a_plane_with_wild_values():
    from core.recording.sink import MemorySink
    from core.training.loop import train

    splits = values(400)
    wild = np.random.default_rng(0).choice(splits.train[0], 20, replace=False)
    splits.targets[wild] += 50
    scores = {}
    for kind in ("huber", "squared_error"):
        chosen = experiment([], loss=kind, training__epochs=60, optimizer__learning_rate=0.01)
        scores[kind] = train(chosen, splits, MemorySink()).test_score.median
    assert scores["huber"] > 0.9 > scores["squared_error"]
