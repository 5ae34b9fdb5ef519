"""Processes told apart for certain: a number alone is reused, a number with a start time is not."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from core.store.model import Process


def this_process() -> Process:
    """The process that asks."""
    return Process(host(), os.getpid(), started(os.getpid()) or "")


def host() -> str:
    """The machine's name; another machine's processes cannot be looked at from here."""
    return socket.gethostname()


def is_alive(process: Process) -> bool | None:
    """Whether exactly this process still runs; None where it belongs to another machine."""
    if process.host != host():
        return None
    return process.started != "" and started(process.pid) == process.started


def started(pid: int) -> str | None:
    """When a process began, in the system's own terms; None where there is none, or only its unread end."""
    if sys.platform == "linux":
        return _from_proc(pid)
    if sys.platform == "win32":
        return None
    said = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True)  # noqa: S603, S607
    return said.stdout.strip() or None


def _from_proc(pid: int) -> str | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text[text.rindex(")") + 2 :].split()  # the name before it may hold anything
    state, ticks = fields[0], fields[19]
    return None if state in "ZX" else ticks
