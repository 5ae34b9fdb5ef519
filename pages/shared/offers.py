"""How a file may be read otherwise than guessed, and the words for what was guessed."""

from typing import Any

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
    },
    "delimiter": {GUESSED: None, "comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "space": " "},
    "header": {GUESSED: None, "first row holds the names": True, "no names: all rows are data": False},
    "decimal": {GUESSED: None, "point: 1.5": ".", "comma: 1,5": ","},
}
WORDS = {
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
