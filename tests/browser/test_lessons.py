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


@pytest.mark.slow
def test_the_first_project_is_walked_from_its_first_step_to_its_last(open_page):
    page = open_page("lessons?view=project")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Five steps")
    page.get_by_role("button", name="Take the vehicles").click()
    expect(page).to_have_url(re.compile("/data"))
    settle(page)
    expect(page.locator(".st-key-chart-picture, [class*=st-key-chart]").first).to_be_visible()
    project(page, "2 steps of five done")
    page.get_by_role("link", name="Go to Train").click()
    trained(page)
    project(page, "3 steps of five done")
    expect(page.get_by_text(re.compile("of the validation rows are right, against .* by guessing"))).to_be_visible()
    settle(page)
    page.get_by_test_id("stMain").get_by_text("5. Improve").click()
    wider = page.get_by_role("button", name="Draft a wider network")
    expect(wider).to_be_visible()
    settle(page)
    wider.click()
    trained(page)
    project(page, "All five steps are done")
    expect(page.get_by_text(re.compile("Your first try had .* right, your best of 2 has"))).to_be_visible()
    page.get_by_role("link", name="Your tries side by side").click()
    expect(page).to_have_url(re.compile("/compare"))
    settle(page)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def trained(page):
    """Trains what is drafted, and waits until it has ended."""
    expect(page).to_have_url(re.compile("/train"))
    settle(page)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator(".stMarkdownBadge", has_text="finished")).to_be_visible(timeout=SLOW_MS)


def project(page, says):
    """Back to the project, which says how far its reader has come."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Lessons").click()
    settle(page)
    page.get_by_test_id("stMain").get_by_text("A first project").first.click()
    settle(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text(says)
    settle(page)  # the heading comes first: what is pressed while the rest is drawn may be drawn anew meanwhile
