"""A digit is painted in a real browser, and the network that was just trained answers."""

import re

from playwright.sync_api import expect

from core.experiment import Experiment
from core.sharing import packed
from tests.browser.conftest import settle

SLOW_MS = 90_000
SEVEN = [(0.25, 0.15), (0.75, 0.15), (0.4, 0.9)]
"""Corners of a 7, as shares of the picture's sides."""


def test_a_painted_digit_is_answered(open_page, server):
    tree = {"data": {"kind": "digits"}, "network": {"layers": [{"units": 64}]}, "training": {"epochs": 12}}
    page = open_page(f"train?setting={packed(Experiment.model_validate(tree))}")
    settle(page)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator(".stMarkdownBadge", has_text="finished").first).to_be_visible(timeout=SLOW_MS)
    page.goto(f"{server}/outputs?run={re.search(r'run=([0-9a-f]{32})', page.url)[1]}")
    page.get_by_text("Try it", exact=True).wait_for(timeout=SLOW_MS)
    settle(page)
    page.get_by_text("Try it", exact=True).scroll_into_view_if_needed()
    canvas, said = page.locator(".painting canvas"), page.locator(".painting .said")
    canvas.wait_for(timeout=SLOW_MS)
    expect(said).to_contain_text("a validation picture: ")
    page.get_by_role("button", name="Clear").click()
    expect(said).to_have_text("your own picture")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in SEVEN]
    page.mouse.move(*at[0])
    page.mouse.down()
    for corner in at[1:]:
        page.mouse.move(*corner, steps=10)
    page.mouse.up()
    expect(page.get_by_role("heading", name="It says 7")).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("button", name="Another one").click()
    expect(said).to_contain_text("a validation picture: ")
