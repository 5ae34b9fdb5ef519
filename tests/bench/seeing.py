"""What one person waits for in a real browser: from the click on Train to the first epoch on screen, and each frame
while an epoch slider is dragged. Chromium, dashboard, runner and worker share this machine's processors."""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, sync_playwright

from core.running.submit import submit
from core.store import open_store
from tests.browser.chromium import chromium
from tests.browser.conftest import FLAGS, settle
from tests.browser.serving import served

WAIT_MS = 120_000
CLICKS = 5
FRAMES = 40
"""Slider positions of one drag."""

SEEN = """() => new Promise((resolve) => {
  const first = '.st-key-chart-loss svg.marks, .st-key-chart-loss canvas';
  document.addEventListener('click', () => {
    const pressed = performance.now();
    const look = () => document.querySelector(first)
      ? requestAnimationFrame(() => resolve(performance.now() - pressed)) : requestAnimationFrame(look);
    look();
  }, {capture: true, once: true});
})"""
"""Milliseconds by the page's own clock from the click to the frame after the one that holds the first picture. What
drives the browser looks whether a button can be pressed before it presses it, which no person waits for."""

DRAG = """async (slider) => {
  const frame = () => new Promise(requestAnimationFrame), took = [];
  const steps = %d, last = Number(slider.max);
  for (let n = 0; n <= steps; n++) {
    const start = performance.now();
    slider.value = Math.round(last * n / steps);
    slider.dispatchEvent(new Event('input', {bubbles: true}));
    await frame(); await frame();
    took.push((performance.now() - start) / 2);
  }
  return took.slice(1);
}"""
"""Moves the slider and waits for two frames: the one in which the new picture is painted, and the next one, which
comes late if that painting took too long."""


@contextmanager
def opened() -> Iterator[tuple[str, BrowserContext]]:
    """A dashboard with a store of its own, and a browser that keeps the scripts that it has loaded, as a person's
    does."""
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder) / "home") as (address, _),
        sync_playwright() as playwright,
    ):
        os.environ["LAYERSCOPE_HOME"] = str(Path(folder) / "home")
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield address, browser.new_context()
        browser.close()


def click_to_first_epoch(address: str, browser: BrowserContext) -> float:
    """Seconds from the click on Train until the line of the first epoch is on screen; nothing else is trained."""
    while any(not run.is_over for run in open_store().runs("local", limit=5)):
        time.sleep(0.2)
    page = browser.new_page()
    page.goto(f"{address}/train")
    button = page.get_by_role("button", name="Train", exact=True)
    button.wait_for(timeout=WAIT_MS)
    settle(page)
    page.evaluate(f"() => {{ window.seen = ({SEEN})(); }}")
    button.click()
    took = float(page.evaluate("() => window.seen"))
    page.close()
    return took / 1000


def drag(page: Page, chart: str) -> list[float]:
    """Milliseconds of each frame while a chart's epoch slider goes from the first to the last epoch."""
    slider = page.locator(f".st-key-chart-{chart} input[type=range]").first
    slider.wait_for(timeout=WAIT_MS)
    settle(page)
    return list(slider.evaluate(DRAG % FRAMES))


def trained() -> str:
    """A finished run of 12 layers and 100 epochs."""
    layer = {"units": 32, "activation": "tanh"}
    tree = {"data": "iris", "network": {"layers": [layer] * 12}, "training": {"epochs": 100}}
    run = submit(open_store(), "local", tree, "dragged")
    while not open_store().run(run, "local").is_over:  # type: ignore[union-attr]
        time.sleep(0.2)
    return run


def rows() -> list[dict[str, Any]]:
    """The table's rows."""
    found = []
    with opened() as (address, browser):
        click_to_first_epoch(address, browser)  # warms runner, caches and browser
        clicks = [click_to_first_epoch(address, browser) for _ in range(CLICKS)]
        found.append(_row("Train click to first epoch on screen, s", statistics.median(clicks), 1.0, CLICKS))
        run = trained()
        for path, chart in (("gradients", "profile"), ("activations", "function-1"), ("outputs", "between")):
            page = browser.new_page()
            page.goto(f"{address}/{path}?run={run}")
            frames = drag(page, chart)
            page.close()
            found.append(_row(f"scrubbing {chart} of {path}: a frame, ms", statistics.median(frames), 20.0, FRAMES))
    return found


def _row(what: str, value: float, at_most: float, of: int) -> dict[str, Any]:
    return {"what": what, "ratio": value, "at_most": at_most, "denominators": f"median of {of}"}
