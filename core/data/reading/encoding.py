"""Which encoding the bytes are in. UTF-8 and UTF-16 are proven; everything older is a guess that is said or refused."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from core.data.reading.languages import told_by_language
from core.data.reading.model import Refusal
from core.data.reading.scripts import fits, is_western_word, told_by_script
from core.data.reading.seven_bit import seven_bit_codec

BLOCK = 4_000_000
LONGEST_LETTER = 4  # bytes of UTF-8
SAMPLE = 65_536
BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Letters and marks that Western European text in Windows-1252 commonly uses (our choice).
WESTERN_LETTERS = set("éèêëàâäáåãçñöóôøõòüúùûíîïìßæœÿÉÈÊËÀÂÄÁÅÃÇÑÖÓÔØÕÜÚÙÛÍÎÏÆŒðþýŠšŽž")
WESTERN_RARE = set("ìòðþýøõãŠšŽžÿ")
WESTERN_SIGNS = set("’‘“”„–—…•€£¥§°±²³µ·«»©®™½¼¾¿¡ºª\u00a0´×÷‰¢¨¸¹¶†‡‹›")


@dataclass(frozen=True)
class Encoding:
    """name: Python's codec. skip: bytes of the mark at the start. sure: proven by the bytes, not guessed.
    repaired: 1-based lines that were Windows-1252 in a UTF-8 file."""

    name: str
    skip: int
    evidence: str
    sure: bool
    repaired: tuple[int, ...] = ()


def find_encoding(data, chosen: str | None = None) -> Encoding:
    """The encoding of bytes (or a memory map). Raises Refusal where it cannot be told or the choice does not fit."""
    if chosen is not None:
        return _chosen(data, chosen)
    for mark, name in BOMS:
        if data[: len(mark)] == mark:
            return _marked(data, mark, name)
    wide = _wide_without_mark(data[:SAMPLE])
    if wide:
        _decodes(data, wide, 0, strict=True)
        return Encoding(wide, 0, f"every other byte of the text is zero, as in {wide.upper()} without a mark", True)
    broken = _first_undecodable(data, "utf-8", 0)
    if broken is None:
        return _seven_bit(data) or Encoding("utf-8", 0, "every byte fits UTF-8", True)
    return _legacy(data, broken)


def decoded_blocks(data, encoding: Encoding, size: int = BLOCK):
    """Yield (text, share of the file read) block by block."""
    if encoding.repaired:
        yield _repaired_text(data[:]), 1.0
        return
    decoder = codecs.getincrementaldecoder(encoding.name)()
    total = len(data)
    for start in range(encoding.skip, max(total, encoding.skip + 1), size):
        end = min(start + size, total)
        yield decoder.decode(bytes(data[start:end]), end >= total), end / max(total, 1)


def _seven_bit(data) -> Encoding | None:
    found = seven_bit_codec(data)
    return Encoding(found[0], 0, found[1], False) if found else None


def _chosen(data, chosen: str) -> Encoding:
    try:
        name = codecs.lookup(chosen).name
        "".encode(name)
    except (LookupError, TypeError, ValueError):
        raise Refusal(f"There is no encoding called '{chosen}'. Try utf-8, windows-1252 or utf-16.") from None
    skip = next((len(mark) for mark, codec in BOMS if data[: len(mark)] == mark and codec.startswith(name[:6])), 0)
    name = next((codec for mark, codec in BOMS if skip == len(mark) and data[:skip] == mark), name)
    name = "utf-16-le" if name == "utf-16" else name
    _decodes(data, name, skip, strict=True)
    return Encoding(name, skip, "chosen by hand", True)


def _marked(data, mark: bytes, name: str) -> Encoding:
    broken = _first_undecodable(data, name, len(mark))
    if broken is not None and name == "utf-8":
        return _legacy(data, broken, len(mark))
    if broken is not None:
        _decodes(data, name, len(mark), strict=True)
    return Encoding(name, len(mark), f"the file starts with the {name.upper()} mark", True)


def _decodes(data, name: str, skip: int, strict: bool) -> None:
    broken = _first_undecodable(data, name, skip)
    if broken is not None and strict:
        line = bytes(data[:broken]).count(b"\n") + 1
        raise Refusal(
            f"Line {line}: the bytes do not fit the encoding {name}. Choose another encoding, "
            "or save the file as UTF-8.",
            line,
        )


def _first_undecodable(data, name: str, skip: int) -> int | None:
    """Offset of the first byte that does not decode, None when all do."""
    decoder = codecs.getincrementaldecoder(name)()
    total = len(data)
    for start in range(skip, max(total, skip + 1), BLOCK):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(bytes(data[start : min(start + BLOCK, total)]), start + BLOCK >= total)
        except UnicodeDecodeError as error:
            return max(skip, start - pending + error.start)
    return None


def _wide_without_mark(head: bytes) -> str | None:
    """UTF-16 without a mark: line ends and separators show as a zero byte beside an ASCII byte, on one side only."""
    head = head[: len(head) // 2 * 2]
    if b"\x00" not in head or len(head) < 4:
        return None
    zeros_even, zeros_odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if zeros_odd > 0.25 * half and zeros_even < 0.02 * half or _wide_lines(head, 1) and zeros_even == 0:
        return "utf-16-le"
    if zeros_even > 0.25 * half and zeros_odd < 0.02 * half or _wide_lines(head, 0) and zeros_odd == 0:
        return "utf-16-be"
    return None


def _wide_lines(head: bytes, zero_side: int) -> bool:
    pair = b"\n\x00" if zero_side else b"\x00\n"
    return any(match.start() % 2 == 0 for match in re.finditer(re.escape(pair), head))


def _legacy(data, broken: int, skip: int = 0) -> Encoding:
    line = bytes(data[:broken]).count(b"\n") + 1
    sample = _sample_of_high_lines(data)
    if _is_mostly_utf8(sample) or skip:
        if len(data) - broken < LONGEST_LETTER and _ends_within_a_letter(bytes(data[broken:])):
            raise Refusal(f"Line {line}: the file ends in the middle of a letter: it was cut off. Get it again.", line)
        return _mixed(data, line, skip)
    if b"\x00" in sample:
        raise Refusal(f"Line {line}: the content is binary, not text. Export the table as CSV.", line)
    western, told = _western(sample), told_by_language(sample)
    if told is not None and (western is None or told.is_strong) and fits(bytes(data), told.codec):
        said = f"not UTF-8; as {told.codec} every letter is one that {told.language} writes"
        return Encoding(told.codec, 0, said, False)
    if western is not None:
        return western
    guess = told_by_script(sample)
    if guess is None:
        raise Refusal(
            f"Line {line}: the encoding is not UTF-8 and could not be told with confidence. "
            "Choose the encoding, or save the file as UTF-8.",
            line,
        )
    _decodes(data, guess[0], 0, strict=True)
    return Encoding(guess[0], 0, guess[1], False)


def _sample_of_high_lines(data) -> bytes:
    """Lines with bytes above 127, up to 64 KB of them."""
    found, size = [], 0
    for start in range(0, len(data), BLOCK):
        for match in re.finditer(rb"[^\n\r]*[\x80-\xff][^\n\r]*", bytes(data[start : start + BLOCK])):
            found.append(match.group()[:20_000])
            size += len(found[-1])
            if size > SAMPLE:
                return b"\n".join(found)
    return b"\n".join(found)


def _ends_within_a_letter(rest: bytes) -> bool:
    """Whether these last bytes begin a letter of UTF-8 that the file does not finish."""
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(rest) == ""
    except UnicodeDecodeError:
        return False


def _is_mostly_utf8(sample: bytes) -> bool:
    """True for UTF-8 with damage: real sequences of two bytes and more outnumber what does not fit."""
    text = sample.decode("utf-8", "surrogateescape")
    damaged = sum(1 for c in text if "\udc80" <= c <= "\udcff")
    whole = sum(1 for c in text if c > "\x7f") - damaged
    return whole >= 2 and whole >= damaged


def _mixed(data, line: int, skip: int) -> Encoding:
    if len(data) > BLOCK:
        raise Refusal(f"Line {line}: most of the file is UTF-8, this line is not. Save the file as UTF-8.", line)
    lines, repaired = bytes(data[skip:]).split(b"\n"), []
    for number, content in enumerate(lines, 1):
        if fits(content, "utf-8"):
            continue
        if not fits(content, "cp1252") or _western(content) is None:
            raise Refusal(
                f"Line {number}: most of the file is UTF-8, this line is in another encoding or damaged. "
                "Save the file as UTF-8.",
                number,
            )
        repaired.append(number)
    return Encoding("utf-8", skip, "UTF-8 with lines in Windows-1252", False, tuple(repaired))


def _repaired_text(data: bytes) -> str:
    lines = data.removeprefix(codecs.BOM_UTF8).split(b"\n")
    return "\n".join(line.decode("utf-8" if fits(line, "utf-8") else "cp1252") for line in lines)


def _western(sample: bytes) -> Encoding | None:
    """Windows-1252 when high bytes are Western letters among ASCII letters, or the signs office programs write."""
    if not fits(sample, "cp1252"):
        return None
    text = sample.decode("cp1252")
    high = [c for c in text if c > "\x7f"]
    if any(c not in WESTERN_LETTERS and c not in WESTERN_SIGNS for c in high):
        return None
    words = re.findall(r"[^\W\d_]*[^\x00-\x7f\W\d_][^\W\d_]*", text)
    odd = sum(1 for word in words if not is_western_word(word))
    rare = sum(1 for c in high if c in WESTERN_RARE)
    inside = len(re.findall(r"[A-Za-z][£¥§±²³¶·¸¹¼½¾¿¡¢¨¦][a-z]|[£¥¨¸¹¶¦±][a-z]", text))
    if odd > 0.2 * len(words) or inside or rare > 0.5 * max(1, len(high)) and len(high) > 2:
        return None
    codec, name = ("latin-1", "Latin-1") if not re.search(rb"[\x80-\x9f]", sample) else ("cp1252", "Windows-1252")
    shown = "".join(dict.fromkeys(high))[:8]
    return Encoding("cp1252", 0, f"not UTF-8; as {name} the other bytes are {shown}", False)
