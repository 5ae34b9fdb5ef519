"""Whole stories in a real browser, as a newcomer lives them. Every test also fails on a page error, a console error, an
exception box or a request to the outside (conftest)."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE_MS, drawn, settle
from tests.browser.serving import ROOT

DIAGNOSE = ("findings", "curves", "gradients", "activations", "outputs")


def chart(page: Page, key: str):
    """A chart that has been drawn."""
    return page.locator(f".st-key-chart-{key} svg.marks, .st-key-chart-{key} canvas").first


def state(page: Page, name: str):
    """The badge that says in which state the run is."""
    return page.locator(".stMarkdownBadge", has_text=name).first


def go(page: Page, title: str) -> None:
    """Another page by the menu."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=re.compile(f"^{title}")).click()
    settle(page)


def finished(page: Page) -> None:
    expect(state(page, "finished")).to_be_visible(timeout=2 * PATIENCE_MS)  # a whole training, beside others


def start_first_preset(page: Page) -> str:
    """Opens the first broken network and gives its address once it trains."""
    page.get_by_role("button", name="Open the first one").click()
    page.wait_for_url(re.compile(r"/train\?run=[0-9a-f]{32}"))
    chart(page, "loss").wait_for()
    return page.url


@pytest.fixture(scope="session")
def run_address(browser, server) -> str:
    """The address of a finished run of the first preset."""
    page = browser.new_context().new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(server)
    settle(page)
    address = start_first_preset(page)
    finished(page)
    page.context.close()
    return address


def test_from_a_network_that_fails_to_its_cause(open_page):
    page = open_page()
    expect(page.get_by_role("heading", name="See why a network learns")).to_be_visible()
    start_first_preset(page)
    finished(page)
    go(page, "Findings")
    expect(page.get_by_role("heading", level=1)).to_contain_text("vanishes")
    go(page, "Gradients")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Layer 1 receives")
    chart(page, "profile").wait_for()
    chart(page, "heat").wait_for()


def test_the_preview_follows_an_edit(open_page):
    page = open_page("network")
    chart(page, "stack").wait_for()
    page.get_by_role("radio", name="Sigmoid", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    slider = page.get_by_role("slider", name="Hidden layers")
    slider.press("Home")
    for _ in range(12):
        slider.press("ArrowRight")
    expect(page.get_by_text("Layer by layer (12)")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("layer 1 receives")


def long_run(page: Page) -> None:
    """A run that takes long enough to be stopped and paused. Its number of epochs is left by pressing the button."""
    if page.get_by_role("switch", name="Early stopping").is_checked():
        page.get_by_text("Early stopping", exact=True).click()
        expect(page.get_by_label("Patience", exact=True)).to_have_count(0)
        settle(page)
    page.get_by_label("Epochs", exact=True).fill("20000")
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("button", name="Pause").wait_for()


def test_pause_go_on_and_stop(open_page):
    page = open_page("train")
    long_run(page)
    chart(page, "loss").wait_for()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Pause").wait_for()
    page.locator(".st-key-stop button").click()
    expect(state(page, "stopped")).to_be_visible()
    expect(page.get_by_text(re.compile(r"at epoch [\d,]+ of 20,000")).first).to_be_visible()


def test_a_number_is_changed_while_it_trains(open_page):
    page = open_page("train")
    long_run(page)
    chart(page, "loss").wait_for()
    page.get_by_role("button", name="Change", exact=True).click()
    rate = page.get_by_role("spinbutton", name="Learning rate")
    apply = page.get_by_role("button", name="Apply")
    expect(apply).to_be_disabled()
    rate.fill("0.00071")
    rate.press("Enter")
    apply.click()
    expect(apply).to_be_disabled()  # it is what is there now
    page.wait_for_timeout(2500)  # the bar is drawn anew meanwhile
    expect(rate).to_have_value("0.00071")
    page.keyboard.press("Escape")
    go(page, "Curves")
    expect(page.get_by_text("0.00071").first).to_be_visible()
    go(page, "Train")
    page.locator(".st-key-stop button").click()
    expect(state(page, "stopped")).to_be_visible()


def test_refresh_back_deep_link_and_a_second_tab_find_the_run_again(open_page, run_address, server):
    path = run_address.removeprefix(f"{server}/").replace("train", "curves")
    page = open_page(path)
    title = page.get_by_role("heading", level=1).inner_text()
    page.reload()
    settle(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    go(page, "Gradients")
    expect(page).to_have_url(re.compile(r"gradients\?run=[0-9a-f]{32}"))
    page.go_back()
    settle(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    other = open_page(path)
    expect(other.get_by_role("heading", level=1)).to_have_text(title)


def test_an_unknown_run_is_no_run(open_page):
    page = open_page("curves?run=" + "0" * 32)
    expect(page.get_by_role("heading", name="There is no such run here")).to_be_visible()


def test_what_is_chosen_is_as_legible_as_what_is_not_in_the_dark(open_page, run_address, server):
    page = open_page(f"gradients?{run_address.split('?')[1]}", dark=True)
    both = page.locator('button[data-variant="segmented_control"]')
    expect(both.first).to_have_attribute("data-selected", "true")
    chosen, other = (both.nth(n).evaluate("element => getComputedStyle(element).color") for n in (0, 1))
    assert chosen == other == "rgb(236, 233, 226)"


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (390, False)])
def test_every_page_of_a_run_in_light_dark_and_on_a_phone(open_page, run_address, server, width, dark):
    query = run_address.split("?")[1]
    page = open_page(f"curves?{query}", width=width, dark=dark)
    for path in (*DIAGNOSE, "runs", "data", "network", "train", ""):
        page.goto(f"{server}/{path}?{query}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        drawn(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{path} scrolls sideways"


def test_scrubbing_epochs_asks_nothing_of_the_server(open_page, run_address):
    page = open_page(f"activations?{run_address.split('?')[1]}")
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append("asked")))
    page.reload()
    slider = page.locator(".st-key-chart-function-1 input[type=range]")
    slider.wait_for()
    drawn(page)
    canvas = page.locator(".st-key-chart-function-1 canvas").element_handle()
    before = canvas.evaluate("(canvas) => canvas.toDataURL()")
    assert sent, "what the page asks is heard"
    sent.clear()
    for epoch in range(1, 8):
        slider.evaluate("(s, v) => { s.value = v; s.dispatchEvent(new Event('input', {bubbles: true})) }", epoch)
    expect(page.locator(".st-key-chart-function-1")).to_contain_text(re.compile(r"epoch\s*7"))
    page.wait_for_function("([canvas, before]) => canvas.toDataURL() !== before", arg=[canvas, before])
    assert page.get_by_test_id("stApp").get_attribute("data-test-script-state") == "notRunning"
    assert sent == []


def test_all_sliders_move_together_and_the_address_keeps_their_epoch(open_page, run_address):
    page = open_page(f"activations?{run_address.split('?')[1]}")
    drawn(page)
    sliders = "() => [...document.querySelectorAll('.vega-bind input')].map((slider) => slider.value)"
    assert len(page.evaluate(sliders)) > 3
    last = page.locator(".vega-bind input").last
    last.evaluate("(s) => { s.value = 4; s.dispatchEvent(new Event('input', {bubbles: true})) }")
    expect(page).to_have_url(re.compile(r"/activations\?.*epoch=4"))
    assert set(page.evaluate(sliders)) == {"4"}
    go(page, "Gradients")
    drawn(page)
    expect(page).to_have_url(re.compile(r"/gradients\?.*epoch=4"))
    assert page.evaluate(sliders) == ["4"]
    slider = page.locator(".st-key-chart-profile input[type=range]")
    slider.evaluate("(s) => { s.value = 2; s.dispatchEvent(new Event('input', {bubbles: true})) }")
    page.get_by_role("button", name="Share").click()
    expect(page.locator("code").first).to_contain_text("epoch=2")
    page.goto(page.locator("code").first.inner_text().strip())
    drawn(page)
    assert page.evaluate(sliders) == ["2"]


def test_a_csv_from_upload_to_diagnosis(open_page):
    page = open_page("data?rows=own")
    page.locator("input[type=file]").set_input_files(ROOT / "assets" / "penguins.csv")
    page.get_by_role("button", name=re.compile("Use this table")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("344 rows")
    go(page, "Train")
    page.get_by_role("button", name="Train", exact=True).click()
    finished(page)
    go(page, "Outputs")
    expect(page.get_by_role("heading", level=1)).to_contain_text("right")
    chart(page, "confusion").wait_for()
    go(page, "Findings")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nothing is wrong that we can see")
