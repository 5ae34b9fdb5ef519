"""Numbers in words, as findings say them."""

import math

MINUS = "\u2212"
GAP = "\u00a0"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def percent(share: float) -> str:
    """ "84 %" of 0.84."""
    shown = f"{100 * share:.0f}" if share == 0 or share >= 0.01 or share < 0 else f"{100 * share:.1g}"
    return f"{shown.replace('-0', '0') if not shown.strip('-0') else shown.replace('-', MINUS)}{GAP}%"


def number(value: float) -> str:
    """Two or three digits, thousands with commas, powers of ten written out."""
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if size == 0:
        return "0"
    if size >= 1e6 or size < 1e-3:
        exponent = math.floor(math.log10(size))
        return f"{value / 10**exponent:.1f}{GAP}×{GAP}10{str(exponent).translate(_SUPERSCRIPT)}"
    return f"{value:,.0f}" if size >= 100 else f"{value:.3g}"


def plain(value: float) -> str:
    """A setting as a person types it: 0.003, 0.00001, 10."""
    return f"{value:.12f}".rstrip("0").rstrip(".") if 1e-9 <= abs(value) < 1e6 else f"{value:g}"


def part(ratio: float) -> str:
    """A ratio under 1: "one 89-millionth", "0.4"."""
    if ratio <= 0:
        return "nothing"
    for size, name in ((1e-9, "billionth"), (1e-6, "millionth"), (1e-3, "thousandth")):
        if size / 1e3 < ratio <= size * 1.0005:
            times = round(size / ratio)
            return f"one {name}" if times <= 1 else f"one {times}-{name}"
    if ratio < 1e-12:
        return "less than one billionth of a thousandth"
    return f"one {round(1 / ratio)}th" if ratio < 0.1 else f"{ratio:.2g}"


def layers(numbers: tuple[int, ...]) -> str:
    """ "layer 3", "layers 2 and 3", "layers 1 to 4", "layers 2, 5 and 7"."""
    if len(numbers) == 1:
        return f"layer{GAP}{numbers[0]}"
    if len(numbers) > 2 and numbers == tuple(range(numbers[0], numbers[-1] + 1)):
        return f"layers{GAP}{numbers[0]} to{GAP}{numbers[-1]}"
    shown = [str(n) for n in numbers[:5]] + ([f"{len(numbers) - 5} more"] if len(numbers) > 5 else [])
    return f"layers{GAP}{', '.join(shown[:-1])} and {shown[-1]}"


def capital(sentence: str) -> str:
    """The sentence with a capital first letter."""
    return sentence[:1].upper() + sentence[1:]
