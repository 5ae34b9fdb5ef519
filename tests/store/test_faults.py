"""What can go wrong with the store's file, and that nothing acknowledged is lost by it."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from core.settings import Settings
from core.store import StoreError, open_store
from core.store.model import RunGoneError, StoreBusyError, StoreFullError
from core.store.schema import MIGRATIONS, migrate
from core.store.store import home_folder

ROOT = Path(__file__).parents[2]


def address(path):
    return f"sqlite:///{path}"


def refusal(path):
    """The sentence with which the store refuses; it names no path and no SQL."""
    with pytest.raises(StoreError) as caught:
        open_store(address(path))
    said = str(caught.value)
    assert str(path.parent) not in said and path.name not in said and "sqlite3" not in said and said.endswith(".")
    return said


@pytest.fixture
def file(tmp_path):
    """A store with one recorded run, closed."""
    path = tmp_path / "store.sqlite"
    store = open_store(address(path))
    run_id = store.queue("ada", {})
    store.claim("r")
    for epoch in range(50):
        store.append(run_id, [("epochs", epoch, os.urandom(2_000))])
    store.close()
    return path


def test_a_damaged_file_is_refused_and_left_as_it_is(file):
    content = bytearray(file.read_bytes())
    content[4096 * 2 : 4096 * 8] = os.urandom(4096 * 6)
    file.write_bytes(content)
    assert "damaged" in refusal(file)
    assert file.read_bytes() == content


@pytest.mark.parametrize("content", [b"id,name\n1,a\n" * 400, b"SQLite format 3\x00" + b"\xff" * 4080, b"\x00" * 5000])
def test_a_file_that_is_no_store_is_refused(tmp_path, content):
    path = tmp_path / "store.sqlite"
    path.write_bytes(content)
    assert "damaged" in refusal(path)
    assert path.read_bytes() == content


def test_another_programs_database_is_refused(tmp_path):
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE customers (name TEXT)")
    assert "another program" in refusal(path)
    with sqlite3.connect(path) as other:
        assert [row[0] for row in other.execute("SELECT name FROM sqlite_master")] == ["customers"]


def test_a_newer_store_is_refused(file):
    with sqlite3.connect(file) as newer:
        newer.execute("UPDATE layerscope_schema SET version = 99")
    assert "newer" in refusal(file)
    with sqlite3.connect(file) as newer:
        assert newer.execute("SELECT count(*) FROM batches").fetchone() == (50,)


def test_a_missing_folder_is_refused_and_not_made(tmp_path):
    path = tmp_path / "away" / "store.sqlite"
    assert "folder" in refusal(path)
    assert not path.parent.exists()
    with pytest.raises(StoreError, match="does not exist"):
        open_store(Settings(home=tmp_path / "away" / "home"))


@pytest.mark.parametrize("read_only", ["file", "folder"])
def test_a_read_only_store_is_refused(file, read_only):
    with tempfile.TemporaryDirectory() as place:  # root may write anywhere: look from a process of nobody's
        path = Path(shutil.copy(file, place))
        path.chmod(0o666 if read_only == "folder" else 0o444)
        path.parent.chmod(0o555 if read_only == "folder" else 0o777)
        said = as_nobody(lambda: refusal(path))
        path.parent.chmod(0o755)
    assert "read-only" in said


def as_nobody(ask):
    """What `ask` says in a process that owns nothing."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setuid(65534)
            os.write(writer, ask().encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(pid, 0)
    with os.fdopen(reader) as answer:
        return answer.read()


def test_home_and_file_are_private(tmp_path):
    home = tmp_path / "home"
    open_store(Settings(home=home)).close()
    assert home.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in home.glob("*.sqlite"))
    (tmp_path / "taken").write_text("")
    with pytest.raises(StoreError, match="is a file"):
        home_folder(Settings(home=tmp_path / "taken"))


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite://", "sqlite:///:memory:"])
def test_other_addresses_are_refused(url):
    with pytest.raises(StoreError):
        open_store(url)


def test_a_full_store_says_so_and_keeps_what_it_has(file):
    store = open_store(address(file))
    run_id = store.runs("ada")[0].id
    newest = store.append(run_id, [])
    with store.db.writing() as connection:  # stands for a full disk: SQLite gives the same error
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 3:d}")
    with pytest.raises(StoreFullError, match="no room"):
        for _ in range(100):
            newest = store.append(run_id, [("epochs", 1, os.urandom(9_000))], after=newest)
    kept, _ = store.records(run_id, "epochs")
    assert len(kept) == newest
    with store.db.writing() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    assert store.append(run_id, [("epochs", 2, b"x")], after=newest) == newest + 1, "it goes on once there is room"
    store.close()


def held(file):
    """Another process holds the writer's lock until it is told to let go."""
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    return lambda: other.execute("ROLLBACK")


def test_a_writer_waits_for_another_and_readers_for_none(file):
    store = open_store(address(file))
    run_id, let_go, free = store.runs("ada")[0].id, held(file), threading.Event()

    def later():
        free.set()
        let_go()

    assert store.records(run_id, "epochs")[1] == 50, "a reader does not wait"
    threading.Timer(1.0, later).start()
    assert store.append(run_id, [("epochs", 1, b"x")]) == 51
    assert free.is_set(), "the writer waited"
    store.close()


def test_a_writer_gives_up_in_words(file):
    store = open_store(address(file), busy_seconds=0.2)
    let_go = held(file)
    with pytest.raises(StoreBusyError, match="busy"):
        store.append(store.runs("ada")[0].id, [("epochs", 1, b"x")])
    let_go()
    store.close()


WRITER = """
import os, signal, sys
from core.store import open_store
store, after, count = open_store(sys.argv[1]), 0, 0
def killing(call):
    def killed(*args, **kwargs):
        global count
        count += 1
        if count == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **kwargs)
    return killed
from sqlalchemy import event
for engine in (store.db._writer,):
    event.listen(engine, "before_cursor_execute", killing(lambda *a, **k: None))
    event.listen(engine, "commit", killing(lambda *a, **k: None))
for epoch in range(6):
    after = store.append(sys.argv[2], [("epochs", epoch, b"e" * 3000), ("layers", epoch, b"l" * 3000)], after=after)
    print(after, flush=True)
store.finish(sys.argv[2], "finished")
print("finished", flush=True)
"""


def test_killed_at_any_write_nothing_acknowledged_is_lost_and_nothing_is_half(tmp_path):
    path = tmp_path / "store.sqlite"
    store = open_store(address(path))
    ended = False
    for n in (1, 2, 3, 4, 5, 8, 12, 18, 24, 27, 30, 99):  # statements and commits of a short run
        run_id = store.queue("ada", {})
        store.claim("r")
        code = [sys.executable, "-c", WRITER, address(path), run_id, str(n)]
        done = subprocess.run(code, cwd=ROOT, capture_output=True, text=True, timeout=60)
        said = done.stdout.split()
        ended = "finished" in said
        acknowledged = max((int(word) for word in said if word.isdigit()), default=0)
        epochs, layers = (store.records(run_id, kind)[0] for kind in ("epochs", "layers"))
        assert len(epochs) == len(layers), "a batch is whole or absent"
        assert acknowledged <= 2 * len(epochs) <= acknowledged + 2
        assert (store.run(run_id, "ada").state == "finished") >= ended
        assert done.returncode == (0 if ended else -signal.SIGKILL), done.stderr
    assert ended
    store.close()
    assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_servers_that_start_at_once_make_one_store(url):
    code = "import sys; from core.store import open_store; open_store(sys.argv[1]).queue('ada', {})"
    starts = [
        subprocess.Popen([sys.executable, "-c", code, url], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    errors = [start.communicate(timeout=60)[1] for start in starts]
    assert not any(start.returncode for start in starts), errors
    assert len(open_store(url).runs("ada")) == 4


def test_an_older_store_is_migrated_once_by_many(url):
    store = open_store(url)
    store.queue("ada", {})
    newest = max(MIGRATIONS) + 1
    steps = {**MIGRATIONS, newest: lambda connection: connection.execute(text("ALTER TABLE runs ADD COLUMN mood TEXT"))}
    failed = []

    def upgrade():
        other = open_store_with(url, steps)
        failed.extend(other)

    threads = [threading.Thread(target=upgrade) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    with store.db.reading() as connection:
        assert connection.execute(text("SELECT version FROM layerscope_schema")).scalars().all() == [newest]
        assert connection.execute(text("SELECT mood FROM runs")).scalars().all() == [None]
    with pytest.raises(StoreError, match="newer"):
        open_store(url)
    store.close()


def open_store_with(url, steps):
    from core.store.database import database
    from core.store.schema import lock_for_migration

    db = database(url)
    try:
        with db.writing() as connection:
            lock_for_migration(connection)
            migrate(connection, steps)
        return []
    except Exception as error:
        return [error]
    finally:
        db.close()


def test_deleted_runs_give_their_space_back(file):
    store = open_store(address(file))
    run_id = store.runs("ada")[0].id
    for epoch in range(200):
        store.append(run_id, [("frames", epoch, os.urandom(20_000))])
    with store.db.reading() as connection:
        before = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    assert store.delete(run_id, "ada")
    with store.db.reading() as connection:
        after = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    assert before > 1_000 and after < 60
    with pytest.raises(RunGoneError):
        store.append(run_id, [])
    store.close()


def test_the_store_loads_no_torch():
    code = "import sys, core.store, core.settings, core.running.ensure, core.running.submit, core.running.watch\n"
    code += "assert not {'torch', 'sklearn'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60).returncode == 0
