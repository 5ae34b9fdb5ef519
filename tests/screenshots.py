"""The pictures of the README: `python -m tests.screenshots` starts a server with a temporary home, trains two presets
and photographs seven pages into assets/screenshots/."""

import os
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from core.choices.presets import PRESETS
from core.running.submit import submit
from core.store import LOCAL_OWNER, Store, open_store
from tests.browser.chromium import chromium
from tests.browser.conftest import FLAGS
from tests.browser.serving import served

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "assets" / "screenshots"
WIDTH, LONGEST = 1200, 1500
"""Pixels of a picture; longer pages are cut at their foot."""
MOST_BYTES = 250_000
PAGES = {
    "start": ("", ""),
    "network": ("network", ""),
    "train": ("train", "overfitting"),
    "gradients": ("gradients", "deep_sigmoid"),
    "curves": ("curves", "overfitting"),
    "findings": ("findings", "deep_sigmoid"),
    "outputs": ("outputs", "overfitting"),
}
"""Picture: page, and the preset that it shows."""


def main() -> None:
    """Makes all pictures; fails if one of them weighs too much or shows an error."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        home = Path(place) / "home"
        os.environ["LAYERSCOPE_HOME"] = str(home)
        with served(home) as (address, _):
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            _all(browser, address)
            browser.close()


def _all(browser: Browser, address: str) -> None:
    browser.new_page().goto(address)  # the first visit starts the runner
    store = open_store()
    runs = {key: _trained(store, key) for key in ("deep_sigmoid", "overfitting")}
    for name, (page, preset) in PAGES.items():
        tab = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
        tab.goto(f"{address}/{page}" + (f"?run={runs[preset]}" if preset else ""))
        _photograph(tab, PICTURES / f"{name}.png")
        tab.close()


def _trained(store: Store, key: str) -> str:
    tree = PRESETS[key].experiment.model_dump(mode="json")
    run_id = submit(store, LOCAL_OWNER, tree, PRESETS[key].title)
    until = time.monotonic() + 90
    while time.monotonic() < until:
        run = store.run(run_id, LOCAL_OWNER)
        if run is not None and run.is_over:
            return run_id
        time.sleep(0.5)
    raise TimeoutError(f"{key} did not finish")


def _photograph(tab: Page, path: Path) -> None:
    tab.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=60_000)
    tab.wait_for_timeout(2_500)
    height = tab.evaluate("document.querySelector('.stMainBlockContainer').scrollHeight")
    tab.set_viewport_size({"width": WIDTH, "height": int(min(LONGEST, max(700, height)))})
    tab.wait_for_timeout(1_500)
    if tab.get_by_test_id("stException").count():
        raise AssertionError(f"{path.stem} shows an error")
    tab.screenshot(path=path)
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise AssertionError(f"{path.name} has {size:,} bytes; {MOST_BYTES:,} are allowed")
    print(f"{path.relative_to(ROOT)}  {size:,} bytes")


if __name__ == "__main__":
    main()
