"""What a file really is, by its content: other formats are named, never parsed as text."""

from __future__ import annotations

import re

# First bytes → what it is and what to do. Source: each format's specification; the list of file(1) for the rest.
SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image", "Images cannot be read as a table."),
    (b"\xff\xd8\xff", "a JPEG image", "Images cannot be read as a table."),
    (b"GIF87a", "a GIF image", "Images cannot be read as a table."),
    (b"GIF89a", "a GIF image", "Images cannot be read as a table."),
    (b"II*\x00", "a TIFF image", "Images cannot be read as a table."),
    (b"MM\x00*", "a TIFF image", "Images cannot be read as a table."),
    (b"%PDF", "a PDF document", "Export the table it shows as CSV."),
    (b"%!PS", "a PostScript document", "Export the table it shows as CSV."),
    (b"{\\rtf", "an RTF document", "Save it as plain text or CSV."),
    (b"SQLite format 3\x00", "an SQLite database", "Export one of its tables as CSV."),
    (b"PAR1", "a Parquet file", "Save it as CSV, for example with pandas: read_parquet, then to_csv."),
    (b"ARROW1", "an Arrow (Feather) file", "Save it as CSV, for example with pandas: read_feather, then to_csv."),
    (b"FEA1", "a Feather file", "Save it as CSV."),
    (b"ORC", "an ORC file", "Save it as CSV."),
    (b"Obj\x01", "an Avro file", "Save it as CSV."),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "Save one of its tables as CSV."),
    (b"\x93NUMPY", "a NumPy array", "Save it as CSV with numpy.savetxt."),
    (b"MATLAB 5.0 MAT-file", "a MATLAB file", "Save it as CSV with writematrix."),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document (XLS, DOC)", "Open it and save it as CSV UTF-8."),
    (b"\x1f\x8b", "a gzip archive", "Unpack it and load the file inside."),
    (b"BZh", "a bzip2 archive", "Unpack it and load the file inside."),
    (b"\xfd7zXZ\x00", "an xz archive", "Unpack it and load the file inside."),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "Unpack it and load the file inside."),
    (b"\x04\x22\x4d\x18", "an LZ4 archive", "Unpack it and load the file inside."),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Unpack it and load the file inside."),
    (b"Rar!\x1a\x07", "a RAR archive", "Unpack it and load the file inside."),
    (b"\x1f\x9d", "a compress (.Z) archive", "Unpack it and load the file inside."),
    (b"\x7fELF", "a program (ELF)", "Load the data, not the program."),
    (b"\xca\xfe\xba\xbe", "a program (Java or macOS)", "Load the data, not the program."),
    (b"RDX2\n", "an R data file", "Save it as CSV with write.csv."),
    (b"RDX3\n", "an R data file", "Save it as CSV with write.csv."),
    (b"$FL2", "an SPSS file", "Save it as CSV."),
    (b"$FL3", "an SPSS file", "Save it as CSV."),
    (b"<stata_dta>", "a Stata file", "Save it as CSV with export delimited."),
    (b"wOFF", "a font", "Load the data instead."),
    (b"OggS", "an Ogg sound or video file", "It holds no table."),
    (b"ID3", "an MP3 sound file", "It holds no table."),
    (b"fLaC", "a FLAC sound file", "It holds no table."),
    (b"\x00asm", "a WebAssembly program", "Load the data, not the program."),
    (
        b"version https://git-lfs.github.com/spec/",
        "a Git LFS pointer, not the data itself",
        "Fetch the file with 'git lfs pull' and load it again.",
    ),
)
BINARY_AFTER = {  # first bytes that are also ordinary text: binary only with a NUL byte or undecodable rest
    b"PAR1",
    b"ORC",
    b"Obj\x01",
    b"ID3",
    b"BZh",
    b"BM",
    b"MZ",
    b"wOFF",
    b"OggS",
    b"fLaC",
    b"FEA1",
    b"$FL2",
    b"$FL3",
}
SAVE_AS_CSV = "Open it in a spreadsheet and save the sheet as CSV UTF-8."
HEAD_BYTES = 65_536


def foreign_format(head: bytes) -> tuple[str, str] | None:
    """(what it is, what to do) when the content is not delimited text, else None. head: the first 64 KB."""
    return _binary(head) or _text_format(head)


def _binary(head: bytes) -> tuple[str, str] | None:
    for signature, name, advice in SIGNATURES:
        if head.startswith(signature) and (signature not in BINARY_AFTER or _has_binary_bytes(head)):
            return name, advice
    if head[:2] in (b"PK",) and head[2:4] in (b"\x03\x04", b"\x05\x06", b"\x07\x08"):
        return _zip_kind(head)
    if head[:4] == b"RIFF" and head[8:12] in (b"WEBP", b"WAVE", b"AVI "):
        return "a WebP image, sound or video file", "It holds no table."
    if head[257:262] == b"ustar":
        return "a tar archive", "Unpack it and load the file inside."
    if head[:2] in (b"MZ", b"BM") and _has_binary_bytes(head):
        return ("a Windows program" if head[:2] == b"MZ" else "a BMP image"), "It holds no table."
    if head[4:8] == b"ftyp" and head[:3] == b"\x00\x00\x00":
        return "a video or HEIC image", "It holds no table."
    if head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05" and _has_binary_bytes(head):
        return "a Python pickle", "Pickles can run code and are never opened. Save the table as CSV."
    return None


def _has_binary_bytes(head: bytes) -> bool:
    return b"\x00" in head or any(byte < 9 for byte in head[:4096])


def _zip_kind(head: bytes) -> tuple[str, str]:
    if b"xl/" in head or b"[Content_Types].xml" in head and b"word/" not in head and b"ppt/" not in head:
        return "an Excel workbook (XLSX)", SAVE_AS_CSV
    if b"opendocument.spreadsheet" in head:
        return "an OpenDocument spreadsheet (ODS)", SAVE_AS_CSV
    if b"word/" in head:
        return "a Word document (DOCX)", "Copy its table into a spreadsheet and save it as CSV."
    if b".npy" in head:
        return "a NumPy archive (NPZ)", "Save one array as CSV with numpy.savetxt."
    return "a zip archive", "Unpack it and load the file inside."


def _text_format(head: bytes) -> tuple[str, str] | None:
    text = _as_text(head).lstrip("\ufeff \t\r\n")
    start = re.sub(r"^(<!--.*?-->\s*)+", "", text[:20_000].lower(), flags=re.S)[:2000]
    if re.match(r"<(!doctype html|html|head|body|table|script|meta|div)\b", start):
        return (
            "a web page (HTML)",
            "The link may lead to a page about the data, or to a login. Download the file itself.",
        )
    if re.match(r"<\?xml|<!doctype|<[a-z][\w:.-]*(\s[^<>]*)?>\s*<", start):
        return "an XML document", "Export the table as CSV."
    if _is_json(text):
        return "JSON", "Convert it to CSV, for example with pandas: read_json, then to_csv."
    if re.search(r"^\s*@attribute\s", start, re.M) and re.search(r"^\s*@relation\b", start, re.M):
        return "an ARFF file (Weka)", "Save it as CSV from Weka, or remove the lines above the data."
    if re.match(
        r"(--[^\n]*\n|/\*.*?\*/|\s)*(create table|insert into|drop table|begin;|set \w+)[\s\w`\"(;=]", start, re.S
    ):
        return "an SQL script", "Run it in a database and export the table as CSV."
    if re.match(r"-----begin [a-z0-9 ]+-----", start):
        return "a key or certificate", "It holds no table, and should not be shared."
    if re.match(r"\x1b\[|#!/", start):
        return "a script or terminal output", "Load the data it writes instead."
    if re.match(r"[^\n]{0,2000}?&[^\n]{0,2000}\\\\\s*(\\hline\s*)?\n", text[:4000]) or re.match(
        r"\\(documentclass|begin\{|hline)", text
    ):
        return "a LaTeX table", "Replace '&' by commas and take the backslashes off, or export the data as CSV."
    return None


def _as_text(head: bytes) -> str:
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            return head[2:].decode(encoding, "replace")
    return head.decode("utf-8", "replace")


def _is_json(text: str) -> bool:
    """Objects and arrays, one or one per line. A CSV cell may start with a bracket, so the inside counts."""
    start = text[:4000]
    if re.match(r'\{\s*("([^"\\]|\\.)*"\s*:|\}\s*$)', start):
        return True
    if re.match(r"\[\s*(\{|\[)", start):
        return True
    if not re.match(r'\[\s*(\]\s*$|"([^"\\]|\\.)*"\s*[,\]]|-?\d[\d.eE+-]*\s*[,\]])', start):
        return False
    alone = text.rstrip().endswith("]") and "\n" not in text.strip()
    return alone or start.startswith(("[\n", "[\r\n"))
