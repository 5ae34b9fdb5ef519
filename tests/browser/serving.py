"""Starts a dashboard of its own: for the browser tests, the benches and the pictures of the README."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def served(home: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """The address and the process of a running dashboard whose store is in `home`; both end with the block."""
    port = _free_port()
    environment = {**os.environ, "LAYERSCOPE_HOME": str(home), "LAYERSCOPE_IDLE_SECONDS": "30"}
    command = [sys.executable, "-m", "streamlit", "run", "dashboard.py", f"--server.port={port}"]
    home.parent.mkdir(parents=True, exist_ok=True)
    with open(home.parent / "server.log", "w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            _wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.terminate()
            process.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(address: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(address, timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not start within 60 s")
