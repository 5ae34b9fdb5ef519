"""What a child process gets: a clean environment, the settings by hand, a log file, and no secret that can be read."""

import json
import os
import sys
import time
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from core.devices import shown
from core.settings import Settings
from core.store import Store
from core.store.store import home_folder

ROOT = Path(__file__).resolve().parents[2]
"""The folder from which `python -m core` works."""

_KEPT = ("PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP", "VIRTUAL_ENV", "SYSTEMROOT", "USER")
_KEPT_GROUPS = ("LC_", "CUDA_", "NVIDIA_", "LD_LIBRARY_PATH", "DYLD_", "XDG_", "PYTHON")
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
LOG_DAYS = 30
EMPTY_LOG_SECONDS = 60.0
LOG_BYTES = 1_000_000
"""Size at which the runner's log begins anew (our choice: days of ordinary words)."""


@cache
def stamp() -> int:
    """When this process's program was last changed, in nanoseconds since 1970: an older runner is replaced."""
    return max(path.stat().st_mtime_ns for path in (ROOT / "core").rglob("*.py"))


def clean_environment() -> dict[str, str]:
    """The environment for runner and workers: by a list of what may pass, so that no secret does. One thread each."""
    kept = {k: v for k, v in os.environ.items() if k in _KEPT or k.startswith(_KEPT_GROUPS)}
    once = dict.fromkeys(_ONE_THREAD, "1")
    return kept | once | {"PYTHONUNBUFFERED": "1"}


def forget_secrets() -> None:
    """Drop from this process's environment whatever a worker has no business with."""
    kept = clean_environment()
    for name in set(os.environ) - set(kept):
        del os.environ[name]
    os.environ.update(kept)


def handed(store_url: str, chosen: Settings, **more: Any) -> bytes:
    """What a child process is told on its standard input: settings and the store's address, password included."""
    return json.dumps({"url": store_url, "settings": chosen.model_dump(mode="json"), **more}).encode()


def taken(text: str | bytes) -> tuple[str, Settings, dict[str, Any]]:
    """What the parent handed over: the store's address, the settings, and the rest."""
    told = json.loads(text)
    return told.pop("url"), Settings.model_validate(told.pop("settings")), told


def start_anew_without_secrets(store: Store, chosen: Settings) -> None:
    """Become the runner in a clean environment: what a process was started with can be read from outside for as long
    as it lives, in every worker forked from it too. Does nothing where a program cannot be replaced (Windows)."""
    if sys.platform != "win32":
        become(("core", "runner", "--handed"), store, absolute(chosen))


def become(module: Sequence[str], store: Store, chosen: Settings, **more: Any) -> NoReturn:
    """This process goes on as a fresh interpreter that runs a module with arguments, from which no CUDA device is
    hidden; it is told on its standard input what `handed` says."""
    told = handed(store.url, chosen, **more)
    store.close()
    reader, writer = os.pipe()
    os.write(writer, told)  # far below what a pipe holds
    os.close(writer)
    os.dup2(reader, 0)
    os.close(reader)
    os.chdir(ROOT)
    os.execve(sys.executable, [sys.executable, "-m", *module], shown(clean_environment()))  # noqa: S606


def absolute(chosen: Settings) -> Settings:
    """The same settings, fit for a process with another working folder."""
    return chosen.model_copy(update={"home": chosen.home.expanduser().absolute()})


def log_file(chosen: Settings, name: str) -> Path:
    """Where a process writes what it has to say. name: "runner", or the id of a run."""
    assert name.isalnum(), name
    folder = home_folder(chosen) / "logs"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{name}.log"


def clean_logs(chosen: Settings, busy: Collection[str]) -> None:
    """Remove logs in which nothing was said, and those that are LOG_DAYS old. busy: runs that are being executed."""
    for path in (home_folder(chosen) / "logs").glob("*.log"):
        about = path.stat()
        is_old = time.time() - about.st_mtime > (LOG_DAYS * 86_400 if about.st_size else EMPTY_LOG_SECONDS)
        if is_old and path.stem not in {*busy, "runner", "previews"}:
            path.unlink(missing_ok=True)


def open_log(path: Path) -> BinaryIO:
    """The log, to be appended to; begun anew where it has grown large."""
    is_large = path.exists() and path.stat().st_size > LOG_BYTES
    return path.open("wb" if is_large else "ab")


def become_background(log: Path) -> None:
    """In a forked child: own session, nothing to read, everything said goes to the log."""
    os.setsid()
    sys.stdout.flush()
    sys.stderr.flush()
    with open(os.devnull, "rb") as nothing, open_log(log) as file:
        os.dup2(nothing.fileno(), 0)
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
