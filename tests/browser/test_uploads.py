"""Files that are large, too large or cut off on their way, dropped on a real server. RELIABILITY.md B4, B19 and B22,
with a third of B19's bytes so that the test stays short."""

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from core.store import open_store
from tests.browser.conftest import settle
from tests.browser.serving import ROOT, served

MEGABYTE = 1_000_000
LIMIT = 61 * MEGABYTE
MOST_MB, BACK = 600, 1.2
"""Where B19 allows 1,500 for a file of three times the size; by how much memory may have grown when it is over."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the server's home and its temporary files are."""
    return tmp_path_factory.mktemp("uploads")


@pytest.fixture(scope="module")
def running(place: Path) -> Iterator[tuple[str, int]]:
    """Address and process id of a server with a smaller limit."""
    (place / "temporary").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAYERSCOPE_UPLOAD_BYTES", str(LIMIT))
        patch.setenv("TMPDIR", str(place / "temporary"))
        with served(place / "home") as (address, process):
            yield address, process.pid


@pytest.fixture(scope="module")
def server(running: tuple[str, int]) -> str:
    """Where `open_page` goes in this module."""
    return running[0]


def memory_mb(pid: int, what: str = "VmRSS") -> float:
    """Resident memory now, or (VmHWM) the most there ever was."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.split(f"{what}:")[1].split()[0]) * 1024 / MEGABYTE


def comes_back(pid: int, before: float) -> bool:
    """Whether the memory is nearly what it was, within 20 s."""
    until = time.monotonic() + 20
    while memory_mb(pid) > BACK * before and time.monotonic() < until:
        time.sleep(0.2)
    return memory_mb(pid) <= BACK * before


def large_file(path: Path, rows: int = 7_500, columns: int = 20, width: int = 400) -> Path:
    """60 MB: four columns of numbers, the others of letters that no compression makes small."""
    rng = np.random.default_rng(0)
    cells = rng.integers(ord("a"), ord("z") + 1, (rows, columns, width), np.uint8)
    cells[:, :4, :-1] = ord("0")
    cells[:, :4, 1] = ord(".")
    cells[:, :4, 2:8] = rng.integers(ord("0"), ord("9") + 1, (rows, 4, 6), np.uint8)
    cells[:, :, -1], cells[:, -1, -1] = ord(","), ord("\n")
    path.write_bytes(",".join(f"c{k}" for k in range(columns)).encode() + b"\n" + cells.tobytes())
    return path


def drop(page: Page, file: Path) -> None:
    page.locator("input[type=file]").set_input_files(file)


def kept(place: Path) -> list[str]:
    """Names of the tables in the server's store."""
    return [table.name for table in open_store(f"sqlite:///{place}/home/layerscope.sqlite").tables("local")]


def left(place: Path) -> list[str]:
    """Files of uploads and readings that still lie about."""
    return [str(path) for path in (place / "temporary").rglob("*") if path.is_file()]


@pytest.mark.slow
def test_b19_a_large_file_shows_its_progress_and_gives_the_memory_back(open_page, running, place, tmp_path):
    _, pid = running
    page = open_page("data?rows=own")
    before = memory_mb(pid)
    drop(page, large_file(tmp_path / "large.csv"))
    expect(page.get_by_text(re.compile(r"Reading 60\sMB: [1-9]\d?%"))).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("7,500")
    settle(page)
    assert comes_back(pid, before), f"{memory_mb(pid):.0f} MB after reading, {before:.0f} before"
    page.get_by_role("button", name="Use this table").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("3 inputs")
    settle(page)
    assert comes_back(pid, before), f"{memory_mb(pid):.0f} MB after keeping it, {before:.0f} before"
    assert memory_mb(pid, "VmHWM") < MOST_MB
    assert left(place) == []


def test_b19_a_file_over_the_limit_is_told_the_limit_and_is_not_sent(open_page, tmp_path):
    too_large = tmp_path / "too large.csv"
    with open(too_large, "wb") as file:
        file.truncate(LIMIT + 50 * MEGABYTE)
    page, sent = open_page("data?rows=own"), []
    page.on("request", lambda asked: sent.append(asked.url) if "upload_file" in asked.url else None)
    drop(page, too_large)
    expect(page.get_by_text(re.compile("61(.0)? ?MB or smaller"))).to_be_visible()
    assert sent == []


def put_half(address: str, url: str, headers: dict[str, str], length: int) -> None:
    """Starts to send a body of `length` bytes as the browser would, and hangs up half way."""
    there = urlsplit(address)
    lines = [f"PUT {urlsplit(url).path} HTTP/1.1", f"Host: {there.netloc}", f"Content-Length: {length}"]
    lines += [f"{name}: {value}" for name, value in headers.items() if name not in ("host", "content-length")]
    boundary = headers["content-type"].split("boundary=")[1]
    part = f'--{boundary}\r\nContent-Disposition: form-data; name="f"; filename="cut.csv"\r\n\r\na,b\n'
    with socket.create_connection((there.hostname, there.port)) as line:
        line.sendall("\r\n".join([*lines, "", part]).encode())
        line.sendall(b"1,2\n" * (length // 8))
        time.sleep(0.5)


def test_b22_an_upload_that_is_cut_off_leaves_nothing(browser, running, place):
    address, pid = running
    page = browser.new_context().new_page()
    page.goto(f"{address}/data?rows=own")
    settle(page)
    asked: list[tuple[str, dict[str, str]]] = []

    def kept_back(route: Route) -> None:
        asked.append((route.request.url, route.request.all_headers()))
        route.abort()

    page.route("**/_stcore/upload_file/**", kept_back)
    before, lying, stored = memory_mb(pid), left(place), kept(place)
    drop(page, ROOT / "assets" / "penguins.csv")
    while not asked:
        page.wait_for_timeout(50)
    put_half(address, *asked[0], 20 * MEGABYTE)
    page.unroute("**/_stcore/upload_file/**")
    page.reload()
    settle(page)
    expect(page.locator("input[type=file]")).to_be_attached()
    assert page.get_by_role("button", name="Use this table").count() == 0
    assert left(place) == lying and kept(place) == stored
    assert comes_back(pid, before)
    page.context.close()


def test_b4_a_name_of_ten_thousand_letters_leaves_the_page_its_width(open_page, tmp_path):
    odd = tmp_path / ("n" * 200 + ".csv")
    odd.write_text("a" * 10_000 + ",b,<b>x</b>\n" + "1,2,3\n4,5,6\n" * 20, encoding="utf-8")
    page = open_page("data?rows=own")
    drop(page, odd)
    expect(page.get_by_role("button", name="Use this table")).to_be_visible()
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(500)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"at {width} pixels"
