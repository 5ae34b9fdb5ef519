"""How readers do on the corpus of files that go wrong, and how long large files take.

    python tests/bench/reading.py            the corpus: right, told, silently wrong, per reader
    python tests/bench/reading.py 10 200     files of 10 and 200 MB: wall time and peak memory, each in a fresh process

pandas, DuckDB, CleverCSV, polars and pyarrow take part where they are installed."""

import contextlib
import importlib.util
import io
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "data" / "reading")]
READERS = ("layerscope", "pandas", "pandas sniffing", "duckdb", "clevercsv", "pyarrow", "polars")
ROW_BYTES = 178  # of the generated table: 15 numbers, 5 categories


def frame_rows(frame):
    return [str(name) for name in frame.columns], [tuple(row) for row in frame.itertuples(index=False)]


def with_layerscope(content: bytes, path: str):
    from compare import rows_of

    from core.data.reading import read

    reading = read(content)
    if reading.outcome == "refused":
        return "refused", None, None
    return reading.outcome, reading.table.data.column_names, rows_of(reading.table.data)


def with_pandas(content: bytes, path: str, **options):
    import pandas as pd

    return "loaded", *frame_rows(pd.read_csv(io.BytesIO(content), **options))


def with_duckdb(content: bytes, path: str):
    import duckdb

    with duckdb.connect() as base:
        result = base.execute("select * from read_csv(?)", [path])
        return "loaded", [column[0] for column in result.description], result.fetchall()


def with_clevercsv(content: bytes, path: str):
    import clevercsv

    return "loaded", *frame_rows(clevercsv.read_dataframe(path))


def with_pyarrow(content: bytes, path: str):
    from pyarrow import csv

    table = csv.read_csv(io.BytesIO(content))
    return "loaded", table.column_names, [tuple(row.values()) for row in table.to_pylist()]


def with_polars(content: bytes, path: str):
    import polars

    frame = polars.read_csv(io.BytesIO(content), try_parse_dates=True)
    return "loaded", frame.columns, frame.rows()


def read_with(reader: str, content: bytes, path: str):
    """(outcome, names, rows); a reader's own error counts as a refusal."""
    options = {"sep": None, "engine": "python"} if reader == "pandas sniffing" else {}
    function = globals()["with_" + reader.split()[0]]
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            return function(content, path, **options)
        except Exception:
            return "refused", None, None


def verdict(case, outcome: str, names, rows) -> str:
    """right: the right table, or a refusal where there is none. told: warned or refused. silent: loaded and wrong."""
    from compare import same_rows

    if outcome == "refused":
        return (
            "right"
            if case.outcome in ("refused", "told") and case.rows is None or case.outcome == "refused"
            else "told"
        )
    if case.rows is None:
        fine = case.outcome == "loaded" or case.outcome != "refused" and outcome == "warned"
        return "right" if fine else "told" if outcome == "warned" else "silent"
    named = case.names is None or list(case.names) == [name.strip() for name in names]
    if named and same_rows(rows, case.rows):
        return "right"
    return "told" if outcome == "warned" else "silent"


def corpus() -> None:
    from corpus import CASES

    print(f"{len(CASES)} files{'':20}right  told  silently wrong     s")
    for reader in READERS:
        if reader != "layerscope" and importlib.util.find_spec(reader.split()[0]) is None:
            continue
        counts = {"right": 0, "told": 0, "silent": 0}
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "file.csv"
            for case in CASES:
                path.write_bytes(case.data)
                counts[verdict(case, *read_with(reader, case.data, str(path)))] += 1
        print(
            f"{reader:29}{counts['right']:6}{counts['told']:6}{counts['silent']:16}{time.perf_counter() - start:6.1f}"
        )


def written(folder: str, megabytes: int) -> Path:
    import numpy as np

    rng, path = np.random.default_rng(0), Path(folder) / f"{megabytes}.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join([*(f"number_{i}" for i in range(15)), *(f"level_{i}" for i in range(5))]) + "\n")
        for _ in range(0, megabytes * 1_000_000 // ROW_BYTES, 10_000):
            numbers, levels = rng.normal(size=(10_000, 15)).round(6).tolist(), rng.integers(0, 60, (10_000, 5)).tolist()
            file.writelines(
                ",".join([*map(repr, a), *(f"level{k}" for k in b)]) + "\n"
                for a, b in zip(numbers, levels, strict=True)
            )
    return path


JOBS = {
    "layerscope": "from core.data.reading import read; from pathlib import Path; assert read(Path(p)).table",
    "pandas": "import pandas; pandas.read_csv(p)",
    "duckdb": "import duckdb; duckdb.read_csv(p).arrow()",
    "pyarrow": "from pyarrow import csv; csv.read_csv(p)",
    "polars": "import polars; polars.read_csv(p)",
}


def large(megabytes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(folder, megabytes)
        for reader, job in JOBS.items():
            if reader != "layerscope" and importlib.util.find_spec(reader) is None:
                continue
            code = (
                f"p = {str(path)!r}; {job}; print([x for x in open('/proc/self/status') if 'VmHWM' in x][0].split()[1])"
            )
            start = time.perf_counter()
            done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
            peak = int(done.stdout) // 1024 if done.returncode == 0 else -1
            print(f"{megabytes:4} MB  {reader:12}{time.perf_counter() - start:7.1f} s{peak:7} MB")


if __name__ == "__main__":
    for size in sys.argv[1:]:
        large(int(size))
    if not sys.argv[1:]:
        corpus()
