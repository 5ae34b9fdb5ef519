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
    "layerscope": "from core.data.reading import read; from pathlib import Path; assert read(Path(p)).rows",
    "pandas": "import pandas; pandas.read_csv(p)",
    "duckdb": "import duckdb; duckdb.read_csv(p).arrow()",
    "pyarrow": "from pyarrow import csv; csv.read_csv(p)",
    "polars": "import polars; polars.read_csv(p)",
}


PREPARING = """
import time
from core.choices.preparation import Preparation, Split
from core.choices.tables import Iris
from core.data.prepare import prepare
from core.data.sample import from_file
prepare(Iris().load(), Split(), Preparation(), 1)
sample = from_file(p, "level_0")
start = time.process_time()
prepare(sample, Split(), Preparation(), 1)
seconds = time.process_time() - start
"""
PREPARING_ELSEWHERE = """
import time, pandas
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, StandardScaler
frame = pandas.read_csv(p)
numbers, levels = list(frame.columns[:15]), list(frame.columns[16:])
start = time.process_time()
train, rest = frame.iloc[: int(0.6 * len(frame))], frame.iloc[int(0.6 * len(frame)) :]
steps = make_column_transformer(
    (make_pipeline(SimpleImputer(), StandardScaler()), numbers),
    (OneHotEncoder(sparse_output=False, handle_unknown="ignore"), levels),
)
steps.fit_transform(train).astype("float32"), steps.transform(rest).astype("float32")
seconds = time.process_time() - start
"""
SIZES, PREPARED_MB = (10, 200), (10, 35)
"""35 MB are 197,000 rows: about the most that a run may have by default."""


def in_fresh_process(job: str, path: Path) -> tuple[float, int]:
    """(seconds, peak MB) of a job in a process of its own; the seconds that it tells, or those of the whole process."""
    peak = "[x for x in open('/proc/self/status') if 'VmHWM' in x][0].split()[1]"
    code = f"p = {str(path)!r}\nseconds = None\n{job}\nprint(seconds, {peak})"
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    whole = time.perf_counter() - start
    told, kilobytes = done.stdout.split()[-2:]
    return whole if told == "None" else float(told), int(kilobytes) // 1024


def rows() -> list[dict]:
    """Wall time and peak memory of reading, start of Python and imports included; CPU time of preparing, without them.
    The others neither look for what is wrong in a file nor say what they guessed."""
    found = []
    for megabytes in SIZES:
        took = large(megabytes)
        mine, peak = took.pop("layerscope")
        what = f"reading {megabytes} MB"
        most = 1500 if megabytes == max(SIZES) else None
        found.append({"what": f"{what}: peak memory, MB", "measured": peak, "at_most": most, "note": "whole process"})
        for other, (seconds, memory) in took.items():
            note = f"{other}: {seconds:.1f} s, {memory:,} MB (Layerscope {mine:.1f} s, {peak:,} MB)"
            found.append({"what": f"{what}: wall time", "ratio": mine / seconds, "at_most": None, "denominators": note})
    for megabytes in PREPARED_MB:
        with tempfile.TemporaryDirectory() as folder:
            path = written(folder, megabytes)
            seconds, peak = in_fresh_process(PREPARING, path)
            other, memory = in_fresh_process(PREPARING_ELSEWHERE, path)
        note = f"ColumnTransformer: {other:.1f} s, {memory:,} MB (Layerscope {seconds:.1f} s, {peak:,} MB)"
        what = f"preparing {megabytes} MB: CPU time"
        found.append({"what": what, "ratio": seconds / other, "at_most": None, "denominators": note})
    return found


def large(megabytes: int) -> dict[str, tuple[float, int]]:
    """(seconds, peak MB) per reader that is installed."""
    with tempfile.TemporaryDirectory() as folder:
        path = written(folder, megabytes)
        present = (name for name in JOBS if name == "layerscope" or importlib.util.find_spec(name) is not None)
        return {name: in_fresh_process(JOBS[name], path) for name in present}


if __name__ == "__main__":
    for size in sys.argv[1:]:
        for name, (seconds, peak) in large(int(size)).items():
            print(f"{size:>4} MB  {name:12}{seconds:7.1f} s{peak:7} MB")
    if not sys.argv[1:]:
        corpus()
