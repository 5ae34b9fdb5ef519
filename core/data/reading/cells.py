"""What one cell says: missing, a number in one of the world's ways of writing it, a yes or no."""

from __future__ import annotations

import re

# Spellings that mean "missing" wherever they stand. Union of pandas' and R's defaults and of database exports.
MISSING_ANYWHERE = frozenset(
    [
        "",
        "NA",
        "N/A",
        "n/a",
        "#N/A",
        "#NA",
        "NaN",
        "nan",
        "NAN",
        "-nan",
        "-NaN",
        "null",
        "NULL",
        "Null",
        "<NA>",
        "<null>",
        "\\N",
        "#NULL!",
        "N.A.",
        "None",
        "1.#IND",
        "1.#QNAN",
        "-1.#IND",
        "#N/A N/A",
        "(null)",
        "[NULL]",
        "NaT",
        "(blank)",
    ]
)
# Spellings that mean "missing" among numbers and dates; between words they may be levels of their own.
MISSING_AMONG_NUMBERS = MISSING_ANYWHERE | frozenset(
    [
        "-",
        "--",
        "---",
        "?",
        "??",
        ".",
        "..",
        "...",
        "none",
        "NONE",
        "nil",
        "na",
        "Na",
        "n.a.",
        "n.a",
        "k.A.",
        "k. A.",
        "missing",
        "Missing",
        "MISSING",
        "unknown",
        "Unknown",
        "UNKNOWN",
        "n.d.",
        "ND",
        "nd",
        "not available",
        "Not available",
        "Not Available",
        "NOT AVAILABLE",
        "undefined",
        "#DIV/0!",
        "#VALUE!",
        "#REF!",
        "#NUM!",
        "#NAME?",
        "–",
        "—",
        "N.D.",
        "n/d",
        "no data",
        "No data",
        "s/d",
        "not recorded",
        "0000-00-00",
        "0000-00-00 00:00:00",
    ]
)
SHEET_ERRORS = frozenset(["#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NAME?", "0000-00-00", "0000-00-00 00:00:00"])
MISSING_AMONG_WORDS = MISSING_ANYWHERE | frozenset(["?", "??", "-", "--", "---", ".", "..", "–", "—"])

INFINITE = frozenset(
    [
        "inf",
        "-inf",
        "+inf",
        "Inf",
        "-Inf",
        "+Inf",
        "INF",
        "-INF",
        "infinity",
        "Infinity",
        "-Infinity",
        "-infinity",
        "∞",
        "-∞",
    ]
)
BLANKS = "\u00a0\u202f\u2009 "
EXPONENT = r"(?:[eE][+-]?[0-9]{1,4})?"
PLAIN = re.compile(rf"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+){EXPONENT}")
COMMA = re.compile(rf"[+-]?(?:[0-9]+,[0-9]*|,[0-9]+|[0-9]+){EXPONENT}")
# name → (pattern, mark of the thousands, decimal mark). Indian groups of two are allowed with the comma.
GROUPED = {
    ",.": (
        re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?|[+-]?[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}(?:\.[0-9]*)?"),
        ",",
        ".",
    ),
    ".,": (re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]*)?"), ".", ","),
    " .": (re.compile(rf"[+-]?[0-9]{{1,3}}(?:[{BLANKS}][0-9]{{3}})+(?:\.[0-9]*)?"), " ", "."),
    " ,": (re.compile(rf"[+-]?[0-9]{{1,3}}(?:[{BLANKS}][0-9]{{3}})+(?:,[0-9]*)?"), " ", ","),
    "'.": (re.compile(r"[+-]?[0-9]{1,3}(?:['’][0-9]{3})+(?:\.[0-9]*)?"), "'", "."),
    "',": (re.compile(r"[+-]?[0-9]{1,3}(?:['’][0-9]{3})+(?:,[0-9]*)?"), "'", ","),
    "_.": (re.compile(r"[+-]?[0-9]{1,3}(?:_[0-9]{3})+(?:\.[0-9]*)?"), "_", "."),
}

CURRENCY = (
    r"(?:US\$|C\$|A\$|R\$|HK\$|[$€£¥₹₽₩₺฿₴₪₫]|USD|EUR|GBP|CHF|JPY|CAD|AUD|SEK|NOK|DKK|PLN|CZK|INR|"
    r"Rs\.?|kr\.?|zł|Kč|Ft|лв|руб\.?)"
)
UNITS = frozenset(
    """% ‰ kg g mg µg ug lb lbs oz t km m cm mm µm nm mi ft in inch inches yd s sec secs ms µs min mins h hr hrs d
    day days week weeks month months mo yr yrs year years °C °F ° °c °f K kW W MW kWh Wh MWh V mV kV A mA Hz
    kHz MHz GHz KB MB GB TB kB B bytes GiB MiB KiB l L ml mL cl dl hl gal mph km/h kmh kph m/s kmpl km/kg
    km/l mpg bhp hp PS kn CC cc Nm bar mbar Pa hPa kPa psi px pt cal kcal J kJ ppm ppb dB m2 m² km² km2 ha
    sqft sq.ft. sqm m3 m³ pcs people persons x mol mmol/L mg/dL mg/L g/L bpm rpm deg µg/m³ µg/m3 ug/m3 W/m²
    mmHg inHg Mbps kbps Gbps fps points pts units items € $ £ ¥ ₹ ₽ kr zł Kč Ft""".split()  # noqa: SIM905
) | frozenset(["C", "F"])
AFFIXED = re.compile(
    rf"(?P<open>\()?(?P<minus>[-−+])?(?P<before>{CURRENCY})?\s*(?P<number>[-+]?[0-9.,'’_{BLANKS}]*[0-9][.,]?(?:[eE][+-]?[0-9]{{1,3}})?)"
    rf"(?P<space>\s*)(?P<after>{CURRENCY}|[A-Za-zµμ°²³%‰/\".]{{1,9}}[²³23]?)?(?P<behind>-)?(?P<close>\))?"
)
LONG_DASH = re.compile(r"(\(?)–(?=[0-9.,$€£])")
TRUE_FALSE = (
    ("true", "false"),
    ("yes", "no"),
    ("y", "n"),
    ("t", "f"),
    ("on", "off"),
    ("ja", "nein"),
    ("oui", "non"),
    ("vrai", "faux"),
    ("wahr", "falsch"),
    ("sí", "no"),
    ("si", "no"),
    ("da", "nein"),
    ("sim", "não"),
)


def number_format(cell: str) -> str | None:
    """How a bare number is written: 'plain', 'comma' (12,5), one of GROUPED ('1.234,5' is '.,'), or None."""
    if PLAIN.fullmatch(cell) or cell in INFINITE:
        return "plain"
    if COMMA.fullmatch(cell):
        return "comma"
    for name, (pattern, _, _) in GROUPED.items():
        if pattern.fullmatch(cell) and not (name == ".," and is_address(cell)):
            return name
    return None


def is_address(cell: str) -> bool:
    """Whether the cell is an IPv4 address, which may look like a grouped number."""
    parts = cell.split(".")
    return len(parts) == 4 and all(part.isdigit() and int(part) <= 255 for part in parts)


def is_number(cell: str) -> bool:
    """Whether the cell alone reads as a number in any way of writing, without unit."""
    return number_format(cell.strip()) is not None


def plain_number(cell: str, decimal: str, thousands: str) -> str:
    """The number as Python writes it, given its marks."""
    if thousands:
        cell = re.sub(
            f"[{BLANKS}]" if thousands == " " else "['’]" if thousands == "'" else re.escape(thousands), "", cell
        )
    return cell.replace(",", ".") if decimal == "," else cell


def affixes(cell: str) -> tuple[str, str] | None:
    """(bare number with its sign, unit or currency) of '€ 12,50', '(1,200)', '45 %', '3.5kg'; None when it is none."""
    cell = cell.replace("−", "-")
    dash = LONG_DASH.match(cell)
    match = AFFIXED.fullmatch(f"{dash[1]}-{cell[dash.end() :]}" if dash else cell)
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None
    before, after, number = match["before"] or "", match["after"] or "", match["number"].strip()
    if after and not _is_unit(after, match["space"]) or before and after:
        return None
    signs = [bool(match["open"]), match["minus"] == "-", bool(match["behind"]), number.startswith("-")]
    if sum(signs) > 1:
        return None
    number = number.lstrip("+-").strip(BLANKS)
    if number_format(number) is None:
        return None
    return ("-" if any(signs) else "") + number, before or after


def _is_unit(word: str, space: str) -> bool:
    if re.fullmatch(CURRENCY, word):
        return True
    if word not in UNITS:
        return False
    return bool(space) or len(word) > 1 or word in "%‰°mgxslLh"


def truth_pair(words: set[str]) -> tuple[str, str] | None:
    """The (true, false) pair that the lower-cased words are made of. One word alone counts only for true and false."""
    for pair in TRUE_FALSE:
        if words == set(pair) or words and words <= {"true", "false"}:
            return pair if words == set(pair) else TRUE_FALSE[0]
    return None
