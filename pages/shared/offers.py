"""How a file may be read otherwise than guessed, and the words for what was guessed."""

from typing import Any

import streamlit as st

GUESSED = "as guessed"
OFFERS: dict[str, dict[str, Any]] = {
    "encoding": {
        GUESSED: None,
        "UTF-8": "utf-8",
        "Windows-1252 (Western Europe)": "cp1252",
        "Latin-1": "latin-1",
        "Latin-9 (with €)": "iso8859-15",
        "UTF-16": "utf-16",
        "Windows-1250 (Central Europe)": "cp1250",
        "Windows-1251 (Cyrillic)": "cp1251",
        "Mac Roman": "mac_roman",
        "Code page 437 (DOS)": "cp437",
        "Shift-JIS (Japanese)": "shift_jis",
        "GB 18030 (Chinese)": "gb18030",
        "Big5 (Chinese)": "big5",
        "EUC-KR (Korean)": "euc_kr",
        "ISO-2022-JP (Japanese)": "iso2022_jp",
        "Windows-1253 (Greek)": "cp1253",
        "Windows-1254 (Turkish)": "cp1254",
        "Windows-1255 (Hebrew)": "cp1255",
        "Windows-1256 (Arabic)": "cp1256",
        "Windows-1257 (Baltic)": "cp1257",
        "KOI8-R (Cyrillic)": "koi8-r",
        "Code page 850 (DOS)": "cp850",
        "UTF-7": "utf-7",
    },
    "delimiter": {GUESSED: None, "comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "space": " "},
    "header": {GUESSED: None, "first row holds the names": True, "no names: all rows are data": False},
    "decimal": {GUESSED: None, "point: 1.5": ".", "comma: 1,5": ","},
}
WORDS: dict[str, dict[Any, str]] = {
    "delimiter": {
        ",": "comma",
        ";": "semicolon",
        "\t": "tab",
        "|": "pipe",
        " ": "space",
        "": "one column",
        None: "none",
    },
    "header": {True: "first row holds the names", False: "no names in the file", None: "unknown"},
    "decimal": {".": "point", ",": "comma", None: "no decimals"},
    "thousands": {None: "none", ",": "comma", ".": "point", " ": "space", "'": "apostrophe"},
    "quote": {None: "none", "": "none", '"': 'double: "', "'": "single: '"},
}
TYPES = ["number", "category", "boolean", "date", "text", "id"]
MOST_SKIPPED = 10_000
MOST_SPELLINGS = 500  # characters


def choose(key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a person fixed about how the file is read, and a place under each choice for what was guessed."""
    fixed: dict[str, Any] = {}
    places = {}
    for column, (name, offer) in zip(st.columns(len(OFFERS)), OFFERS.items(), strict=True):
        with column:
            fixed[name] = offer.get(st.selectbox(name.capitalize(), list(offer), key=f"{key}.{name}"))
            places[name] = st.container()
    with st.expander("Lines to skip, cells that mean missing"):
        skip, missing = st.columns(2)
        with skip:
            fixed["skip_rows"] = st.number_input(
                "Lines above the table",
                min_value=0,
                max_value=MOST_SKIPPED,
                value=None,
                placeholder=GUESSED,
                key=f"{key}.skip",
            )
        with missing:
            fixed["missing"] = spellings(
                st.text_input(
                    "Cells that mean missing, with commas between",
                    max_chars=MOST_SPELLINGS,
                    placeholder="as guessed; or, for example: -999, NA",
                    key=f"{key}.missing",
                )
            )
    return fixed, places


def spellings(text: str) -> tuple[str, ...] | None:
    """'-999, NA' as its parts; None where nothing was written."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip())) or None
