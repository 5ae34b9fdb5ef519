"""A lesson from one click to its verdict, on the page and on the page to which it points."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import settle

SLOW_MS = 120_000


@pytest.mark.slow
def test_a_lesson_is_run_to_its_verdict_and_shows_where_to_look(open_page):
    page = open_page("lessons?lesson=first_loss")
    expect(page.get_by_role("heading", level=1)).to_contain_text("claims of a first course")
    page.get_by_role("button", name=re.compile("^Run it, about")).click()
    expect(page.get_by_text("within < 0.1", exact=False).first).to_be_visible(timeout=SLOW_MS)
    expect(page.locator(".stMarkdownBadge", has_text="proved")).to_be_visible()
    page.locator(".st-key-chart-lesson-first_loss svg.marks, .st-key-chart-lesson-first_loss canvas").first.wait_for()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 proved")
    page.reload()
    settle(page)
    expect(page.locator(".stMarkdownBadge", has_text="proved")).to_be_visible(timeout=SLOW_MS)
    page.get_by_test_id("stMain").get_by_role("link", name="Curves").click()
    expect(page).to_have_url(re.compile(r"/curves\?.*run=[0-9a-f]{32}.*epoch=0"))
    settle(page)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), [(1440, True), (390, False)])
@pytest.mark.parametrize("view", ["lessons", "project"])
def test_the_list_and_the_project_fit_a_phone_and_the_dark(open_page, view, width, dark):
    page = open_page(f"lessons?view={view}", width=width, dark=dark)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "it scrolls sideways"
