"""A temperature that is known is found again, by a search that shares no code with ours, and answers stay the same."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar

from core.analysis.answers import Answers
from core.analysis.temperature import COLDEST, HOTTEST, fitted_temperature, headline, softmax, tempered


def made(temperature: float, rows: int = 2_000, classes: int = 4) -> Answers:
    """Answers whose logits are those of a calibrated network times `temperature`."""
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(rows, classes)) * 1.5
    targets = np.array([rng.choice(classes, p=share) for share in softmax(logits)])
    return Answers(5, 0, softmax(logits * temperature), targets, np.arange(rows), tuple("abcdefghij"[:classes]))


@pytest.mark.parametrize("known", [0.5, 1.0, 3.0])
def test_a_known_temperature_is_found(known):
    answers = made(known)
    found = tempered(answers)
    assert found.value == pytest.approx(known, rel=0.1)
    assert found.after < 0.04 and (found.answers.answer == answers.answer).all()
    assert found.before > 0.08 or known == 1.0


def test_it_is_the_minimum_that_gradient_descent_finds():
    answers = made(2.5, 500)
    logits, targets = torch.log(torch.tensor(answers.values)), torch.tensor(answers.targets)
    log = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([log], max_iter=100)

    def closure():
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(logits / log.exp(), targets)
        loss.backward()
        return loss

    optimizer.step(closure)
    assert fitted_temperature(logits.numpy(), answers.targets) == pytest.approx(float(log.exp()), rel=1e-3)


@pytest.mark.parametrize(("rows", "classes", "known"), [(30, 2, 1.0), (500, 10, 3.0), (200, 3, 0.3), (60, 4, 10.0)])
def test_it_is_the_minimum_that_scipy_finds(rows, classes, known):
    answers = made(known, rows, classes)
    logits, targets = np.log(answers.values), answers.targets

    def loss(log):
        return -np.log(softmax(logits / np.exp(log))[np.arange(rows), targets]).mean()

    bounds = np.log([COLDEST, HOTTEST])
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-9})
    assert fitted_temperature(logits, targets) == pytest.approx(float(np.exp(found.x)), rel=1e-5)


def test_where_every_answer_is_right_or_none_the_bounds_are_reached():
    targets = np.arange(90) % 3
    sure = np.log(np.maximum(np.eye(3)[targets], 1e-12))
    assert fitted_temperature(sure, targets) == pytest.approx(COLDEST, rel=1e-5)
    assert fitted_temperature(sure, (targets + 1) % 3) == pytest.approx(HOTTEST, rel=1e-5)


def test_too_few_rows_say_nothing_and_words_say_what_was_measured():
    assert tempered(made(3.0, 40)) is None
    assert headline(tempered(made(3.0))).text.startswith("Divide the logits by ")
    assert "does not help" in headline(tempered(made(1.0))).text
