"""Numbers in words, as the pages say them everywhere."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analysis import wording
from core.analysis.wording import (
    FIRM,
    THIN,
    count,
    duration,
    epoch_name,
    large,
    loss,
    percent,
    plural,
    points,
    power,
    ratio,
    ratio_in_words,
    ratio_label,
    score,
    short_loss,
)

NAN, INFINITY = float("nan"), float("inf")


def plain(text: str) -> str:
    return text.replace(FIRM, " ").replace(THIN, " ").replace("\u2011", "-")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1.12e-8, "one 89-millionth"),
        (7.1e-8, "one 14-millionth"),
        (1e-6, "one millionth"),
        (1e-3, "one thousandth"),
        (7e-7, "one part in 1.4 million"),
        (0.005, "one 200th"),
        (1 / 9_800, "one part in 9,800"),
        (1e-25, "one part in 10²⁵"),
        (0.66, "0.66"),
        (3.53, "3.5"),
        (340, "340 times"),
        (12_345, "12,000 times"),
        (3.4e6, "3.4 million times"),
        (0.0, "nothing"),
        (NAN, "not a number"),
        (INFINITY, "∞ times"),
    ],
)
def test_ratios_in_sentences(value, words):
    assert plain(ratio_in_words(value)) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(1.12e-8, "1.1 × 10⁻⁸"), (0.66, "0.66"), (3.53, "3.5"), (0.0, "0"), (260_000, "260,000"), (2.6e9, "2.6 × 10⁹")],
)
def test_ratios_in_metrics(value, words):
    assert plain(ratio(value)) == words


def test_ratios_on_axes():
    assert [plain(ratio_label(n)) for n in (0, -3, -6, -9, 2, 6)] == [
        *("same", "÷ 1,000", "÷ million", "÷ billion"),
        *("× 100", "× million"),
    ]


def test_shares():
    assert plain(percent(0.841)) == "84 %"
    assert plain(percent(0.841, 1)) == "84.1 %"
    assert plain(percent(0.9999)) == "> 99 %", "almost all is not all"
    assert plain(percent(0.0001)) == "< 1 %", "a few are not none"
    assert plain(percent(1.0)) == "100 %"
    assert THIN in percent(0.5)
    assert plain(points(0.16)) == "16 points"
    assert plain(points(-0.01)) == "−1 point"
    assert plain(score(0.84, True)) == "84 %"
    assert score(-0.5, False) == "−0.50"


def test_losses():
    assert [plain(loss(v)) for v in (0.283, 2.302585, 1.2e-4, 0.0, 6.5e6)] == [
        *("0.283", "2.303", "1.2 × 10⁻⁴", "0", "6.5 million")
    ]
    assert [plain(short_loss(v)) for v in (0.654, 0.0043, 2.31)] == ["0.65", "0.0043", "2.31"]
    assert plain(loss(NAN)) == "not a number"
    assert loss(INFINITY) == "∞"


def test_counts_and_times():
    assert count(50_570) == "50,570"
    assert plain(large(6.5e6)) == "6.5 million"
    assert [plain(duration(s)) for s in (0.0004, 0.05, 1.44, 12, 180, 7500)] == [
        *("1 ms", "0.05 s", "1.4 s", "12 s", "3 min", "2 h 5 min")
    ]
    assert [plain(plural(n, "epoch")) for n in (0, 1, 3)] == ["0 epochs", "1 epoch", "3 epochs"]
    assert plain(epoch_name(2, 80)) == "epoch 2 of 80"


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_every_number_has_words_and_none_looks_like_a_program(value):
    for words in (ratio, ratio_in_words, power, loss, short_loss, large, lambda v: percent(v, 1)):
        said = words(value)
        assert said
        assert "e-" not in said
        assert "e+" not in said
        assert "nan" not in said
        assert "^" not in said
        assert "-" not in said, "a minus is a minus sign"


@given(st.floats(1e-20, 1e20))
def test_powers_say_the_number(value):
    said = plain(power(value)).translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
    digits, exponent = said.split(" × 10")
    assert math.isclose(float(digits) * 10.0 ** int(exponent), value, rel_tol=0.051)


def test_what_a_phone_cannot_hold_in_one_line_breaks_between_words_and_never_beside_a_number():
    assert wording.firm("98 % right") == "98\u00a0%\u00a0right"
    assert wording.firm("one part in 7.7 thousand") == "one part in\u00a07.7\u00a0thousand"
