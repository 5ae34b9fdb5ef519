"""A real server, its runner and a real Chromium for the browser tests; every page error, console error, exception box
or outside request fails the test that caused it. They run one after the other: two servers, two browsers and what
they train would starve each other."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.chromium import chromium
from tests.browser.serving import served

PATIENCE_MS = 60_000
"""How long a test waits for what must come: other tests, their servers and their trainings share the processors."""
ARTEFACTS = Path(__file__).parent / "artefacts"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


DRAWN = """() => !document.querySelector('[data-testid=stSkeleton]')
  && [...document.querySelectorAll('.stVegaLiteChart')].every((chart) => chart.querySelector('canvas, svg.marks'))"""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running dashboard with a store of its own."""
    with served(tmp_path_factory.mktemp("layerscope") / "home") as (address, _):
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    assert path, "no Chromium: make test installs it on Debian"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser, server: str, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Opens pages by address; at the end takes their pictures and fails on anything that went wrong in them."""
    opened: list[tuple[Page, list[str]]] = []

    def opening(path: str = "", width: int = 1440, height: int = 900, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            accept_downloads=True,
            reduced_motion="reduce",  # what unfolds while it is pressed moves away from under the pointer
        )
        context.set_default_timeout(PATIENCE_MS)
        page, wrong = context.new_page(), []
        page.on("pageerror", lambda error: wrong.append(f"page error: {error}"))
        page.on("console", lambda told: wrong.append(f"console: {told.text}") if is_error(told) else None)
        page.on("request", lambda asked: wrong.append(f"outside: {asked.url}") if is_outside(asked.url) else None)
        opened.append((page, wrong))
        page.goto(f"{server}/{path}")
        settle(page)
        return page

    yield opening
    ARTEFACTS.mkdir(exist_ok=True)
    complaints: list[str] = []
    for number, (page, wrong) in enumerate(opened):
        page.screenshot(path=ARTEFACTS / f"{request.node.name}-{number}.png", full_page=True)
        complaints += [*wrong, *(["exception box"] if page.get_by_test_id("stException").count() else [])]
        page.context.close()
    assert not complaints


def is_error(told) -> bool:
    """Streamlit's client probes for its base path on every deep link; those 404s are expected, nothing else is."""
    return told.type == "error" and "/_stcore/" not in (told.location or {}).get("url", "")


def is_outside(url: str) -> bool:
    return url.startswith(("http", "ws")) and "://127.0.0.1:" not in url


def settle(page: Page) -> None:
    """Waits until the script has run; old and new copies of an element coexist while it does."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=PATIENCE_MS)


def drawn(page: Page) -> None:
    """Waits until every element and every chart of the page is there: they are loaded and drawn after the script."""
    settle(page)
    page.wait_for_function(DRAWN, timeout=PATIENCE_MS)
