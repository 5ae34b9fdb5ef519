"""`python -m tests.bench [name …]`: runs every bench of this folder and prints one table. A bench is a module with
`rows() -> list[dict]`: what, ratio or measured, at_most (None: told, not promised), denominators or note; with rounds
low, high, quiet."""

import importlib
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def names() -> list[str]:
    """The benches, by their file names."""
    here = Path(__file__).parent
    return sorted(path.stem for path in here.glob("*.py") if "def rows()" in path.read_text() and path.stem[0] != "_")


def line(row: dict[str, Any]) -> str:
    """One line of the table."""
    most, value = row.get("at_most"), row["ratio"] if "ratio" in row else row["measured"]
    verdict = "" if most is None else "reached" if value <= most else "MISSED"
    spread = f"[{row['low']:.2f}-{row['high']:.2f}], quickest {row['quiet']:.2f}" if "low" in row else ""
    limit = "-" if most is None else f"{most:g}"
    against = row.get("denominators") or row.get("note", "")
    return f"| {row['what']} | {value:.3g} {spread} | {limit} | {verdict} | {against} |"


def main(chosen: list[str]) -> None:
    """Prints the table of the chosen benches, or of all."""
    print("| what | ratio (median, range over rounds) | at most | | against |\n|---|---|---|---|---|")
    for name in chosen or names():
        for row in importlib.import_module(f"tests.bench.{name}").rows():
            print(line(row), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
