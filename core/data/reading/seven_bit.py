"""Encodings that write every letter with ASCII bytes, so that they pass for UTF-8 and would be shown as gibberish."""

from __future__ import annotations

import base64
import binascii
import re

# The escapes that begin a run of letters: RFC 1468 (ISO-2022-JP), RFC 1557 (ISO-2022-KR), RFC 1843 (HZ).
ESCAPES = (
    ("iso2022_jp", rb"\x1b\$[@B]", "the escapes of ISO-2022-JP"),
    ("iso2022_jp_2", rb"\x1b(?:\$\([A-D]|\$A|\.[AF])", "the escapes of ISO-2022-JP"),
    ("iso2022_kr", rb"\x1b\$\)C", "the escapes of ISO-2022-KR"),
    ("hz", rb"~\{(?:[!-w][!-~]){1,200}~\}", "the marks of HZ"),
)
UTF_7 = rb"\+([A-Za-z0-9+/]{3,60})-"  # RFC 2152; letters are short runs between ASCII


def seven_bit_codec(data) -> tuple[str, str] | None:
    """(codec, evidence) of ASCII bytes that hold the escapes of another encoding and decode with it; else None."""
    for codec, mark, evidence in ESCAPES:
        if re.search(mark, data) and _decodes(data, codec):
            return codec, f"every byte is ASCII and {evidence} stand in it"
    return None


def utf_7_line(data) -> tuple[int, str] | None:
    """(line, what stands there) of the first letter that UTF-7 would write so; a telephone number is none."""
    for match in re.finditer(UTF_7, data):
        letter = _utf_7_letters(match[1])
        if letter:
            return bytes(data[: match.start()]).count(b"\n") + 1, match[0].decode("ascii")
    return None


def _utf_7_letters(coded: bytes) -> str:
    """The letters beyond ASCII that the run stands for, '' when it stands for none."""
    try:
        units = base64.b64decode(coded + b"=" * (-len(coded) % 4))
        letters = units[: len(units) // 2 * 2].decode("utf-16-be")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    exact = len(units) * 8 - len(letters.encode("utf-16-be")) * 8 < 8
    return letters if exact and letters and all(c > "\x7f" and c.isalpha() for c in letters) else ""


def _decodes(data, codec: str) -> bool:
    try:
        bytes(data).decode(codec)
    except UnicodeDecodeError:
        return False
    return True
