"""The file as text: opened, known for what it is, decoded, its lines told apart."""

from __future__ import annotations

import codecs
import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.data.reading.content import HEAD_BYTES, foreign_format
from core.data.reading.encoding import Encoding, decoded_blocks, find_encoding
from core.data.reading.model import Findings, Guess, ReadingChoices, ReadingLimits, Refusal
from core.data.reading.seven_bit import utf_7_line

SAMPLE_CHARACTERS = 262_144
# What the second and later bytes of a UTF-8 letter become when they are taken for Windows-1252 and encoded again.
# Quotes are left out: they may follow a capital letter in sound text.
AGAIN = (
    rb"(?:\xc2[\x80-\xaa\xac-\xba\xbc-\xbf]|\xc5[\x92\x93\xa0\xa1\xb8\xbd\xbe]|\xc6\x92|\xcb[\x86\x9c]|"
    rb"\xe2\x80[\x94\x9a\x9e\xa0-\xa2\xa6\xb0\xb9\xba]|\xe2\x82\xac|\xe2\x84\xa2)"
)
# (bytes that must be there, pattern, what they tell)
DAMAGE = (
    (b"\xef\xbf\xbd", rb"\xef\xbf\xbd", "holds the sign for a lost letter"),
    (b"\xc3", rb"\xc3[\x82\x83]" + AGAIN, "holds letters encoded twice, such as 'Ã©' for 'é'"),
    (b"\xc3", rb"(?:\xc3[\x90\x91]" + AGAIN + rb"){2}", "holds letters encoded twice, such as 'Ð¼' for 'м'"),
    (b"\xc3\xa2\xe2\x82\xac", rb"\xc3\xa2\xe2\x82\xac", "holds signs encoded twice, such as 'â€™' for an apostrophe"),
)


CODEC_NAMES = {
    "cp1252": "windows-1252",
    "cp1251": "windows-1251",
    "cp1250": "windows-1250",
    "cp1253": "windows-1253",
    "cp1254": "windows-1254",
    "cp1257": "windows-1257",
    "cp932": "shift_jis",
}


@dataclass
class Text:
    """The file as text: an encoding, line ends of \\n, and how many lines to pass over first."""

    data: bytes | mmap.mmap
    encoding: Encoding
    line_ends: str = "\n"  # "\r" for old Macs, "mixed" for files joined from several systems
    skip_lines: int = 0
    joined: bool = False  # marks at the start of later lines are dropped

    def blocks(self) -> Iterator[tuple[str, float]]:
        """(text, share of the file read)."""
        skip = self.skip_lines
        for text, share in decoded_blocks(self.data, self.encoding):
            if self.joined:
                text = text.replace("\ufeff", "")
            if self.line_ends != "\n":
                text = re.sub(r"(?<!\r)\r+\n", "\n", text).replace("\r", "\n")
            while skip and "\n" in text:
                text = text.split("\n", 1)[1]
                skip -= 1
            if share >= 1.0:
                text = text.rstrip("\x1a")
            yield ("" if skip else text), share

    def sample(self) -> tuple[str, bool]:
        """(the first quarter megabyte and more, whether it is all)."""
        text, share = "", 0.0
        for piece, share in self.blocks():  # noqa: B007
            text += piece
            if len(text) >= SAMPLE_CHARACTERS:
                break
        return (
            (text, True) if share >= 1.0 and len(text) <= 4 * SAMPLE_CHARACTERS else (text[:SAMPLE_CHARACTERS], False)
        )


class Opened:
    """Bytes as they are, a path as a read-only memory map."""

    def __init__(self, data: bytes | Path, limits: ReadingLimits):
        self.data, self.limits = data, limits
        self.map: mmap.mmap | None = None

    def __enter__(self):
        size = self.data.stat().st_size if isinstance(self.data, Path) else len(self.data)
        if size > self.limits.max_bytes:
            raise Refusal(
                f"The file has {size / 1e6:,.0f} MB; the limit is {self.limits.max_bytes / 1e6:,.0f} MB. "
                f"Load a part of its rows."
            )
        if size == 0:
            raise Refusal("The file is empty: it has 0 bytes.")
        if not isinstance(self.data, Path):
            return bytes(self.data)
        with self.data.open("rb") as file:
            self.map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return self.map

    def __exit__(self, *error):
        if self.map is not None:
            self.map.close()


def opened_text(content, choices: ReadingChoices, findings: Findings) -> Text:
    foreign = foreign_format(bytes(content[:HEAD_BYTES]))
    if foreign is not None:
        raise Refusal(f"This is {foreign[0]}, not a CSV file. {foreign[1]}")
    encoding = find_encoding(content, choices.encoding)
    _doubt_letters(content, encoding, findings)
    findings.facts["encoding"] = Guess(CODEC_NAMES.get(encoding.name, encoding.name), encoding.evidence)
    if encoding.repaired:
        line = encoding.repaired[0]
        findings.warn(
            f"The file is UTF-8, but line {line}{also(encoding.repaired)} is in Windows-1252 and was read so.", line
        )
    elif not encoding.sure:
        findings.warn(
            f"The encoding was guessed: {CODEC_NAMES.get(encoding.name, encoding.name)} "
            f"({encoding.evidence}). Choose another one if letters look wrong."
        )
    _refuse_zero_bytes(content, encoding)
    joined = _joined_files(content, encoding, findings)
    return Text(content, encoding, _line_ends(content, encoding, findings), joined=joined)


def _doubt_letters(content, encoding: Encoding, findings: Findings) -> None:
    """Letters that were damaged before the file was written cannot be mended, but they can be told."""
    if encoding.name != "utf-8":
        return
    for start, mark, what in DAMAGE:
        match = re.search(mark, content) if content.find(start) >= 0 else None
        if match is not None:
            line = bytes(content[: match.start()]).count(b"\n") + 1
            findings.warn(
                f"Line {line} {what}; the damage was done before this file was written. Export it again as UTF-8.", line
            )
    utf_7 = utf_7_line(content) if content.find(b"+") >= 0 else None
    if utf_7 is not None:
        findings.warn(
            f"Line {utf_7[0]} holds '{utf_7[1][:20]}', which is how UTF-7 writes a letter. Choose the encoding utf-7 "
            "if letters look wrong.",
            utf_7[0],
        )


def _joined_files(content, encoding: Encoding, findings: Findings) -> bool:
    """Whether the mark that begins a file stands at the start of a later line: files were put one behind the other."""
    place = content.find(b"\n" + codecs.BOM_UTF8) if encoding.name == "utf-8" else -1
    if place >= 0:
        line = bytes(content[:place]).count(b"\n") + 2
        findings.warn(
            f"Line {line} starts with the mark that begins a UTF-8 file: files were joined there. The mark was "
            "dropped; see that the columns go on in the same order.",
            line,
        )
    return place >= 0


def _line_ends(content, encoding: Encoding, findings: Findings) -> str:
    """How lines end. A lone carriage return counts outside quotes only."""
    wide = encoding.name.startswith(("utf-16", "utf-32"))
    head = next(decoded_blocks(content, encoding))[0] if wide else ""
    if (head.find("\n") if wide else content.find(b"\n")) < 0:
        return "\r" if (head.find("\r") if wide else content.find(b"\r")) >= 0 else "\n"
    if wide or re.search(rb"\r(?!\n)", content) is None:
        return "\n"
    bare = re.sub(rb'"[^"]*"', b"", bytes(content[: 4 * SAMPLE_CHARACTERS]))
    lone = re.search(rb"(?<!\r)\r+[^\r\n]", bare)
    if lone is not None:
        findings.warn("Lines end in different ways; a lone carriage return was taken for the end of a line.")
    return "mixed" if lone is not None or b"\r\r\n" in bare else "\n"


def _refuse_zero_bytes(content, encoding: Encoding) -> None:
    place = -1 if encoding.name.startswith(("utf-16", "utf-32")) else content.find(b"\x00")
    if place >= 0:
        before = bytes(content[:place])
        line, column = before.count(b"\n") + 1, place - (before.rfind(b"\n") + 1) + 1
        kind = "binary content" if bytes(content[:4096]).count(0) > 40 else "a NUL byte, which no text holds"
        raise Refusal(
            f"Line {line}, character {column}: {kind}. The file is damaged or is not CSV. Export it again as CSV.",
            line,
            column,
        )


def also(lines, word: str = "lines") -> str:
    rest = list(lines)[1:]
    if not rest:
        return ""
    shown = ", ".join(map(str, rest[:5])) + (f" and {len(rest) - 5:,} more" if len(rest) > 5 else "")
    return f" (also {word if len(rest) > 1 else word.removesuffix('s')} {shown})"
