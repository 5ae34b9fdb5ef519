"""Numbers in words, the same everywhere: ratios, shares, losses, counts and durations as sentences, metrics and pills
say them. Numbers and units stay on one line."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Tone = Literal["red", "orange", "green", "gray", "blue", "violet", ""]
Verdict = Literal["good", "bad", "watch", "plain"]

THIN = "\u202f"
"""Narrow no-break space, between a number and its unit."""
FIRM = "\u00a0"
"""No-break space."""
HYPHEN = "\u2011"
"""Hyphen at which no line breaks."""
MINUS = "\u2212"
NOT_A_NUMBER = f"not{FIRM}a{FIRM}number"

SCALES = ((15, "quadrillion"), (12, "trillion"), (9, "billion"), (6, "million"), (3, "thousand"))
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


@dataclass(frozen=True)
class Headline:
    """A page's finding. The phrase is coloured by `tone` ("" leaves it in ink); the note is the gray line below."""

    before: str
    phrase: str = ""
    after: str = ""
    tone: Tone = ""
    note: str = ""

    @property
    def text(self) -> str:
        """The sentence without colours, as a screen reader says it."""
        return f"{self.before}{self.phrase}{self.after}"


@dataclass(frozen=True)
class Vital:
    """One of a page's four numbers, and a pill of at most 20 characters that says what to compare it with."""

    label: str
    value: str
    pill: str = ""
    verdict: Verdict = "plain"


LINE = 22
"""Letters of a headline that fit in one line at 390 px (counted)."""
BESIDE_NUMBER = re.compile(r"(?<=\d) | (?=\d)")


def firm(text: str) -> str:
    """The text with no-break spaces: it stays on one line. A text that a phone's line cannot hold may break, but not
    before or after a number: it would break within a word otherwise."""
    return text.replace(" ", FIRM) if len(text) <= LINE else BESIDE_NUMBER.sub(FIRM, text)


def superscript(exponent: int) -> str:
    """−8 as ⁻⁸."""
    return str(exponent).translate(SUPERSCRIPTS)


def power(value: float) -> str:
    """1.1 × 10⁻⁸."""
    if special := _special(value):
        return special
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    digits = round(value / 10.0**exponent, 1) if exponent > -300 else round(value * 1e300 / 10.0 ** (exponent + 300), 1)
    if abs(digits) >= 10:
        digits, exponent = digits / 10, exponent + 1
    return firm(f"{_signed(f'{digits:.1f}')} × 10{superscript(exponent)}")


def ratio(value: float) -> str:
    """A ratio as a metric: two digits between 0.01 and 100, whole numbers up to a million, powers of ten beyond."""
    if special := _special(value):
        return special
    size = abs(value)
    if value == 0:
        return "0"
    if 0.00995 <= size < 99.5:
        return two_digits(value)
    if 99.5 <= size < 999_500:
        return count(float(f"{value:.2g}"))
    return power(value)


def two_digits(value: float) -> str:
    """0.66, 3.5, 35; whole above, powers of ten far out."""
    if special := _special(value):
        return special
    if value == 0:
        return "0"
    if not 1e-4 <= abs(value) < 1e15:
        return power(value)
    digits = max(0, 1 - math.floor(math.log10(abs(float(f"{value:.2g}")))))
    return _signed(f"{value:,.{digits}f}")


def ratio_in_words(value: float) -> str:
    """A ratio as a sentence says it: "one 89-millionth", "one part in 1.4 million", "0.66", "340 times"."""
    if special := _special(value):
        return f"{special} times" if special == "∞" else special
    if value <= 0:
        return "nothing" if value == 0 else two_digits(value)
    if value >= 99.5:
        return firm(f"{large(value)} times")
    if value >= 0.00995:
        return two_digits(value)
    return firm(_fraction(1 / value) if value > 1e-300 else "next to nothing")


def _fraction(parts: float) -> str:
    """One part of so many, in words. parts: above 100."""
    parts = float(f"{parts:.2g}")
    if parts >= 1e21:
        return f"one part in 10{superscript(math.floor(math.log10(parts)))}"
    for exponent, name in SCALES:
        leading = parts / 10.0**exponent
        if leading >= 9.95:
            return f"one {round(leading):,}{HYPHEN}{name}th"
        if leading >= 0.995:
            if abs(leading - 1) < 0.05:
                return f"one {name}th"
            return f"one part in {parts:,.0f}" if exponent == 3 else f"one part in {_trimmed(leading)} {name}"
    return "one hundredth" if round(parts) == 100 else f"one {round(parts)}th"


def large(value: float) -> str:
    """A large number to two or three digits: 340, 12,000, 6.5 million, 2.1 × 10²³."""
    if special := _special(value):
        return special
    size = abs(value)
    if size >= 9.95e17:
        return power(value)
    for exponent, name in SCALES[:-1]:
        if size >= 0.9995 * 10.0**exponent:
            return firm(f"{_signed(_trimmed(value / 10.0**exponent))} {name}")
    return count(float(f"{value:.2g}")) if size >= 100 else two_digits(value)


def ratio_label(exponent: float) -> str:
    """A tick of a log10 axis of ratios: same, ÷ 1,000, ÷ million, × 100."""
    number = round(exponent)
    if number == 0:
        return "same"
    sign, size = ("÷" if number < 0 else "×"), abs(number)
    names = {6: "million", 9: "billion", 12: "trillion", 15: "quadrillion"}
    if size in names:
        return firm(f"{sign} {names[size]}")
    return firm(f"{sign} {10**size:,}") if size < 6 else firm(f"{sign} 10{superscript(size)}")


def percent(share: float, digits: int = 0) -> str:
    """0.841 as "84 %"; with one digit "84.1 %". Shares that are not 0 or 1 never read as 0 or 100."""
    if special := _special(share):
        return special
    hundred = share * 100
    shown = f"{hundred:.{digits}f}"
    step = 10.0**-digits
    if 0 < share < 1 and float(shown) >= 100:
        shown = f"{100 - step:.{digits}f}" if 100 - hundred >= step / 2 else f"> {100 - step:.{digits}f}"
    elif share > 0 and float(shown) == 0:
        shown = f"< {step:.{digits}f}"
    return firm(_signed(shown)) + THIN + "%"


def points(difference: float, digits: int = 0) -> str:
    """A difference of shares: 0.16 as "16 points"."""
    if special := _special(difference):
        return special
    shown = _signed(f"{difference * 100:.{digits}f}")
    return firm(f"{shown} point" if shown.lstrip(MINUS) == "1" else f"{shown} points")


def loss(value: float, digits: int = 3) -> str:
    """0.283; under 0.001 as 1.2 × 10⁻⁴; large ones in fewer digits."""
    if special := _special(value):
        return special
    size = abs(value)
    if size == 0:
        return "0"
    if size < 0.0009995:
        return power(value)
    if size < 9.9995:
        return _signed(f"{value:.{digits}f}")
    if size < 999.95:
        return _signed(f"{value:.1f}")
    return large(value) if size >= 1e6 else count(value)


def short_loss(value: float) -> str:
    """The same in two digits, for line ends: 0.65, 0.0043, 2.3."""
    if special := _special(value):
        return special
    if 0 < abs(value) < 0.0009995:
        return power(value)
    return two_digits(value) if abs(value) < 1 else _signed(f"{value:.2f}") if abs(value) < 9.995 else loss(value)


def score(value: float, is_classification: bool, digits: int = 0) -> str:
    """Accuracy in percent, R² in two digits."""
    if special := _special(value):
        return special
    if is_classification:
        return percent(value, digits)
    return _signed(f"{value:.2f}") if abs(value) < 100 else large(value)


def count(number: float) -> str:
    """50,570."""
    if special := _special(number):
        return special
    return _signed(f"{round(number):,}")


def duration(seconds: float) -> str:
    """0.05 s, 1.4 s, 12 s, 3 min, 2 h 5 min."""
    if special := _special(seconds):
        return special
    if seconds < 0.0095:
        return firm(f"{max(1, round(seconds * 1000))} ms") if seconds > 0 else firm("0 s")
    if seconds < 9.95:
        return firm(f"{_trimmed(float(f'{seconds:.1g}')) if seconds < 0.0995 else _trimmed(float(f'{seconds:.2g}'))} s")
    if seconds < 99.5:
        return firm(f"{seconds:.0f} s")
    minutes = round(seconds / 60)
    if minutes < 100:
        return firm(f"{minutes} min")
    hours, rest = divmod(minutes, 60)
    return firm(f"{hours:,} h" + (f" {rest} min" if rest and hours < 24 else ""))


def listed(words: Sequence[str]) -> str:
    """ "1", "1 and 2", "1, 2 and 4"."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def plural(number: int, noun: str) -> str:
    """1 epoch, 3 epochs, no epoch."""
    return firm(f"{count(number)} {noun}" if abs(number) == 1 else f"{count(number)} {noun}s")


def epoch_name(epoch: int, planned: int | None = None) -> str:
    """epoch 2, epoch 2 of 80."""
    return firm(f"epoch {epoch:,}" + (f" of {planned:,}" if planned is not None else ""))


def _special(value: float) -> str:
    if math.isnan(value):
        return NOT_A_NUMBER
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    return ""


def _signed(digits: str) -> str:
    """With a minus sign as typography wants it, and never a negative nothing."""
    bare = digits.lstrip("-")
    is_zero = not bare.strip("0.,")
    return bare if is_zero else digits.replace("-", MINUS)


def _trimmed(value: float) -> str:
    """Two digits under ten, whole above, no trailing zero."""
    if abs(value) >= 9.95:
        return f"{value:,.0f}"
    text = f"{value:.1f}" if abs(value) >= 0.995 else f"{value:.2g}"
    return text[:-2] if text.endswith(".0") else text
