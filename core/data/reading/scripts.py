"""Which script the letters of a legacy encoding are in: words of one script tell the encoding, a muddle does not."""

from __future__ import annotations

import re
from itertools import pairwise

FREQUENT = {  # the most frequent lower-case letters of a script
    "cyrillic": set("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъ"),
    "greek": set("αοιετσνηυρπκμλωςγδάίόέήύώβθχφξζψ"),
}
GREEK_ACCENTS = set("άέήίόύώϊϋΐΰΆΈΉΊΌΎΏ")
SCRIPTS = (
    ("cyrillic", 0x400, 0x52F),
    ("greek", 0x370, 0x3FF),
    ("hebrew", 0x590, 0x5FF),
    ("arabic", 0x600, 0x6FF),
    ("thai", 0xE00, 0xE7F),
    ("kana", 0x3040, 0x30FF),
    ("hangul", 0xAC00, 0xD7AF),
    ("han", 0x4E00, 0x9FFF),
    ("latin", 0xC0, 0x24F),
)
SINGLE_BYTE = {"cyrillic": ("cp1251", "koi8-r", "iso8859-5", "cp866", "mac-cyrillic"), "greek": ("cp1253",)}


def told_by_script(sample: bytes) -> tuple[str, str] | None:
    """(codec, evidence) by letters that fit one script; charset-normalizer names the East Asian ones."""
    best = max(_single_byte_scores(sample), default=(0.0, "", ""))
    if best[0] >= 0.75:
        return best[1], f"not UTF-8; as {best[1]} the letters are {best[2]} words"
    from charset_normalizer import from_bytes

    match = from_bytes(sample).best()
    if match is None or not fits(sample, match.encoding):
        return None
    name = {"euc_jis_2004": "euc_jp", "cp1006": "", "johab": ""}.get(match.encoding, match.encoding)
    script = _single_script(sample.decode(name)) if name and fits(sample, name) else None
    if script is None:
        return None
    return name, f"not UTF-8; as {name} the letters are {script}"


def _single_byte_scores(sample: bytes):
    for script, codecs_of_script in SINGLE_BYTE.items():
        for name in codecs_of_script:
            if not fits(sample, name):
                continue
            text = sample.decode(name)
            words = re.findall(r"[^\x00-\x7f]+", re.sub(r"[^\w]", " ", text))
            high = [c for c in text if c > "\x7f"]
            muddled = len(re.findall(r"[A-Za-z][^\x00-\x7f]|[^\x00-\x7f][A-Za-z]", text))
            if muddled > 0.1 * len(words):  # Latin letters in the same word
                continue
            common = sum(1 for c in high if c.lower() in FREQUENT[script])
            vowels = sum(1 for c in high if c in "оеаиняαοιεσντς")
            cased = sum(1 for w in words if w[1:] == w[1:].lower() or w == w.upper() and len(w) > 3)
            if script == "greek" and any(c.islower() for c in high) and not GREEK_ACCENTS & set(high):
                continue  # small Greek letters come with accents; Hebrew shares the bytes of those without
            if high and words and any(len(w) > 2 for w in words):
                score = common / len(high) * cased / len(words) * (0.8 + 0.2 * min(1, 3 * vowels / len(high)))
                yield score, name, script


def _single_script(text: str) -> str | None:
    """The script when all letters beyond ASCII share it (Japanese mixes kana and han); None for a muddle."""
    found: dict[str, int] = {}
    high = [c for c in text if c > "\x7f"]
    for c in high:
        script = next((name for name, low, top in SCRIPTS if low <= ord(c) <= top), "other")
        found[script] = found.get(script, 0) + 1
    kinds = set(found) - {"other"}
    if not kinds or found.get("other", 0) > 0.15 * len(high):
        return None
    if kinds == {"latin"}:
        return "latin" if all(is_western_word(w) for w in re.findall(r"[^\W\d_]+", text)) else None
    if kinds <= {"kana", "han"} or len(kinds) == 1:
        return "Japanese" if "kana" in kinds else kinds.pop()
    return "hangul" if kinds == {"hangul", "han"} and found["hangul"] > 3 * found["han"] else None


def is_western_word(word: str) -> bool:
    """Letters beyond ASCII are the smaller part of a Western word, and capitals do not follow small letters."""
    high = sum(1 for c in word if c > "\x7f")
    if len(word) == 1:
        return True
    changes = sum(1 for a, b in pairwise(word) if a.islower() and b.isupper() and b > "\x7f")
    return high <= max(1, len(word) // 2) and not changes


def fits(content: bytes, name: str) -> bool:
    try:
        content.decode(name)
    except UnicodeDecodeError:
        return False
    return True
