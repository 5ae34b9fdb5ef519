"""The Representation page in a real browser: a setting that came by a link is trained, and its pictures are scrubbed
without a message to the server; points are drawn and become the table."""

import re

import pytest
from playwright.sync_api import expect

from core.experiment import Experiment
from core.sharing import packed
from tests.browser.conftest import settle

SLOW_MS = 90_000


@pytest.fixture(scope="module")
def seen(browser, server):
    """The address of a finished run on drawn points: the setting comes by a link, and is trained."""
    tree = {
        "data": {"kind": "bullseye", "rows": 200},
        "network": {"layers": [{"units": 3, "activation": "tanh"}]},
        "optimizer": {"kind": "adam", "learning_rate": 0.05},
        "training": {"epochs": 30},
    }
    page = browser.new_context().new_page()
    page.goto(f"{server}/train?setting={packed(Experiment.model_validate(tree))}")
    settle(page)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator(".stMarkdownBadge", has_text="finished").first).to_be_visible(timeout=SLOW_MS)
    found = re.search(r"run=([0-9a-f]{32})", page.url)
    page.context.close()
    assert found
    return f"representation?run={found[1]}"


def test_epochs_and_layers_are_scrubbed_without_a_message_to_the_server(open_page, seen):
    page = open_page(seen)
    page.locator(".stage canvas.net").wait_for(timeout=SLOW_MS)
    page.locator(".st-key-chart-boundary canvas").first.wait_for(timeout=SLOW_MS)
    settle(page)
    page.wait_for_timeout(1_500)
    sent = []
    page.evaluate(
        """() => { window.told = 0; const send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (data) { window.told += 1; return send.call(this, data); }; }"""
    )
    picture = "() => document.querySelector('.st-key-chart-boundary canvas').toDataURL().length"
    before = page.evaluate(picture)
    page.evaluate(
        """() => { const slider = document.querySelector('.st-key-chart-boundary input[type=range]');
        slider.value = 1; slider.dispatchEvent(new Event('input', { bubbles: true })); }"""
    )
    page.wait_for_timeout(500)
    sent.append(page.evaluate(picture) != before)
    expect(page.locator(".stage .epoch-said")).to_have_text("epoch 1")  # the stage follows the charts
    epoch, layers = page.locator(".stage input.epoch"), page.locator(".stage input.layers")
    for slider in (epoch, layers):
        said = page.locator(".stage .epoch-said" if slider is epoch else ".stage .layers-said").text_content()
        slider.focus()
        page.keyboard.press("Home")
        page.wait_for_timeout(100)
        now = page.locator(".stage .epoch-said" if slider is epoch else ".stage .layers-said").text_content()
        sent.append(said != now)
    assert page.evaluate("window.told") == 0
    expect(page.locator(".st-key-chart-boundary input[type=range]")).to_have_value("0")  # and they follow the stage
    assert all(sent), sent


def test_points_are_drawn_and_become_the_table(open_page):
    page = open_page("data?rows=drawn")
    canvas = page.locator(".drawing canvas")
    canvas.wait_for(timeout=SLOW_MS)
    page.get_by_role("button", name="Class C").click()
    settle(page)
    box = canvas.bounding_box()
    canvas.click(
        position={"x": box["width"] * 0.5, "y": box["height"] * 0.1}
    )  # scrolls there, and waits until it rests
    expect(page.locator(".drawing .said")).to_contain_text("1 of C")
    expect(page.get_by_role("button", name="Train on these points")).to_be_visible(timeout=SLOW_MS)
    settle(page)
    expect(page.get_by_test_id("stMetric").first).to_be_visible(timeout=SLOW_MS)
