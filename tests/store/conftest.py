"""A fresh store for every test: SQLite always, PostgreSQL where a server can be started."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from core.store import open_store

SERVERS = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/local/bin")]
NOBODY = "nobody"


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory):
    """The address of a temporary PostgreSQL server, without a database. Skips, and says so, where there is none."""
    programs = next((folder for folder in SERVERS if (folder / "postgres").exists()), None)
    found = shutil.which("postgres")
    programs = programs or (Path(found).parent if found else None)
    if programs is None:
        pytest.skip("no PostgreSQL server on this machine")
    pytest.importorskip("psycopg")
    folder = Path(tempfile.mkdtemp(prefix="layerscope-pg-"))  # short: a socket's path may have 107 characters
    user = {"user": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}  # a server refuses to run as root
    if user:
        shutil.chown(folder, NOBODY)
    data, port = folder / "data", free_port()
    make = [programs / "initdb", "-D", data, "-A", "trust", "-U", "tester", "-E", "UTF8", "--no-sync"]
    made = subprocess.run(make, capture_output=True, text=True, cwd=folder, **user)
    if made.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL cannot be set up here: {made.stderr[-200:]}")
    serve = [programs / "postgres", "-D", data, "-p", str(port), "-k", str(folder), "-h", "127.0.0.1", "-F"]
    server = subprocess.Popen(serve, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **user)
    try:
        address = f"postgresql+psycopg://tester@127.0.0.1:{port}"
        wait_for_server(address, server)
        yield address
    finally:
        server.send_signal(signal.SIGINT)  # also with connections open
        server.wait(timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """The address of a store that does not exist yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.sqlite"
    server = request.getfixturevalue("postgresql")
    name = f"db{time.monotonic_ns()}"
    on_server(server, f"CREATE DATABASE {name}")
    return f"{server}/{name}"


@pytest.fixture
def store(url):
    """A new store."""
    opened = open_store(url)
    yield opened
    opened.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def on_server(address, command):
    import psycopg

    with psycopg.connect(address.replace("+psycopg", "") + "/postgres", autocommit=True) as connection:
        connection.execute(command)


def wait_for_server(address, server):
    import psycopg

    until = time.monotonic() + 30
    while True:
        try:
            return on_server(address, "SELECT 1")
        except psycopg.OperationalError:
            if time.monotonic() > until or server.poll() is not None:
                pytest.skip("the PostgreSQL server did not start")
            time.sleep(0.1)
