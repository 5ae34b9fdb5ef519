"""CUDA devices beside processes that fork. A process in which CUDA has been started cannot be forked, and a library may
start it on import, unasked (seen: torch's compiler starts the driver); nor can one whose autograd has met a device. So
a process that forks hides the devices from itself, having let another one look which there are; a run that takes one is
executed by a fresh interpreter, from which nothing is hidden."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

_VISIBLE = "CUDA_VISIBLE_DEVICES"
_HIDDEN = "CUDA_HIDDEN_DEVICES"
"""Set by `hide`, for forks and their forks: JSON of how many there are, and of what _VISIBLE was."""
_LOOK = (
    "import json, torch; there = range(torch.cuda.device_count()) if torch.cuda.is_available() else (); "
    'print(json.dumps([{"name": f"cuda:{i}", "title": torch.cuda.get_device_name(i)} for i in there]))'
)
LOOK_SECONDS = 60.0


class Look:
    """Another process that looks which CUDA devices there are, while this one goes on; none is started where torch was
    built without CUDA."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        import torch

        is_built = torch.version.cuda is not None or torch.version.hip is not None
        self._process = None
        if is_built:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-c", _LOOK],
                env=shown(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )

    def found(self, while_waiting: Callable[[], bool] = lambda: True) -> list[dict[str, Any]]:
        """name, as torch calls it, and title of each; waits for the answer, and has none where the other process
        fails or takes longer than LOOK_SECONDS. while_waiting is called again and again, and may say no to going on."""
        if self._process is None:
            return []
        until = time.monotonic() + LOOK_SECONDS
        while self._process.poll() is None and time.monotonic() < until and while_waiting():
            time.sleep(0.05)
        found = self._read()
        if _HIDDEN in os.environ:
            os.environ[_HIDDEN] = json.dumps({"count": len(found), "visible": _told()["visible"]})
        return found

    def _read(self) -> list[dict[str, Any]]:
        assert self._process is not None and self._process.stdout is not None
        if self._process.returncode is None:
            self._process.kill()  # whoever hangs in a driver may not even hear this: nobody waits for it
            return []
        try:
            return list(json.loads(self._process.stdout.read())) if self._process.returncode == 0 else []
        except ValueError:
            return []


def hide() -> None:
    """From now on neither this process nor its forks see a CUDA device. Call it before anything can have started
    CUDA."""
    if _HIDDEN not in os.environ:
        os.environ[_HIDDEN] = json.dumps({"count": 0, "visible": os.environ.get(_VISIBLE)})
        os.environ[_VISIBLE] = ""


def shown(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment for a process from which nothing is hidden."""
    seen = {name: value for name, value in environment.items() if name != _HIDDEN}
    if _HIDDEN in environment:
        before = json.loads(environment[_HIDDEN])["visible"]
        seen.pop(_VISIBLE, None)
        if before is not None:
            seen[_VISIBLE] = before
    return seen


def hidden() -> int:
    """How many devices are hidden from this process."""
    return int(_told()["count"]) if _HIDDEN in os.environ else 0


def count() -> int:
    """How many CUDA devices a run may take: those that this process sees, or those hidden from it."""
    import torch

    return hidden() or (torch.cuda.device_count() if torch.cuda.is_available() else 0)


def _told() -> dict[str, Any]:
    return dict(json.loads(os.environ[_HIDDEN]))
