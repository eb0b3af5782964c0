"""The explorer in a real Chromium: typing, scrolling, choosing, by mouse and keyboard, and nothing from data runs."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsers import NEEDS_CHROMIUM, Heard, serious_faults, sync_api
from explored import Served

pytestmark = NEEDS_CHROMIUM


class Opened(Heard):
    def __init__(self, browser: sync_api.Browser, served: Served, **options: object) -> None:
        super().__init__(browser, **options)
        self.served = served

    def go(self, path: str) -> sync_api.Page:
        """Open a page, and wait until its parts have come."""
        self.page.goto(self.served.address + path)
        return self.page

    def reach(self, part: str) -> sync_api.Locator:
        """Scroll to a part of a word's page, and wait for it."""
        box = self.page.locator(f"#{part}")
        box.scroll_into_view_if_needed()
        box.locator("form.controls").wait_for()
        return box


@pytest.fixture(scope="module")
def opened(browser: sync_api.Browser, served: Served) -> Opened:
    return Opened(browser, served, viewport={"width": 1280, "height": 900}, color_scheme="light", accept_downloads=True)


@pytest.fixture(autouse=True)
def quiet(opened: Opened) -> Iterator[None]:
    yield
    assert opened.said == [], "nothing on the console"
    assert all(url.startswith(opened.served.address) for url in opened.asked), "nothing from elsewhere"


def test_type_a_word_by_keyboard(opened: Opened) -> None:
    page = opened.go("/")
    page.keyboard.press("/")
    page.keyboard.type("new y")
    page.locator("#offered option[value=new_york]").wait_for(state="attached")
    page.keyboard.press("Control+a")
    page.keyboard.type("dog")
    page.keyboard.press("Enter")
    page.locator("h1", has_text="dog").wait_for()
    assert page.get_by_label("Word or phrase").input_value() == "dog"
    assert "of 8 samples" in page.locator("main").inner_text()


def test_parts_come_when_they_are_reached(opened: Opened) -> None:
    page = opened.go("/concept?name=dog")
    assert "cat" in opened.reach("together").inner_text()
    samples = opened.reach("samples")
    assert samples.locator(".grid li").count() == 3
    page.wait_for_load_state("networkidle")
    assert samples.locator(".grid img").evaluate_all("all => all.map((one) => one.naturalWidth)") == [24, 24, 24]
    law = opened.reach("law")
    law.locator("[data-drawn=true] canvas").wait_for(timeout=120_000)
    assert "answerer" in law.inner_text()
    plan = opened.reach("plan")
    plan.get_by_label("For so many points more").fill("20")
    plan.get_by_role("button", name="Plan").click()
    sync_api.expect(plan).to_contain_text("1.000")


def test_a_choice_asks_again_and_keeps_the_focus(opened: Opened) -> None:
    opened.go("/concept?name=dog")
    samples = opened.reach("samples")
    samples.get_by_label("Without").fill("cat")
    samples.get_by_label("Without").press("Enter")
    sync_api.expect(samples.locator(".grid li")).to_have_count(2)
    sync_api.expect(samples.get_by_label("Without")).to_be_focused()


def test_what_is_chosen_is_kept_from_page_to_page_and_saved(opened: Opened, tmp_path: Path) -> None:
    page = opened.go("/concept?name=dog")
    opened.reach("samples")
    page.get_by_role("checkbox", name="Choose this sample").nth(0).focus()
    page.keyboard.press("Space")
    opened.go("/concept?name=cat")
    opened.reach("samples")
    page.get_by_role("checkbox", name="Choose this sample").nth(2).check()
    tray = page.get_by_role("complementary", name="Chosen samples")
    chosen = int(tray.locator("#tray-count").inner_text())
    with page.expect_download() as download:
        tray.get_by_role("button", name="List of keys").click()
    download.value.save_as(tmp_path / "keys.csv")
    rows = list(csv.DictReader((tmp_path / "keys.csv").open()))
    assert len(rows) == chosen and {*rows[0]} == {"corpus", "shard", "sample"}
    tray.get_by_role("button", name="Clear").click()
    assert not tray.is_visible() and page.locator("input[name=key]:checked").count() == 0


def test_light_and_dark(opened: Opened) -> None:
    page = opened.go("/concept?name=dog")

    def background() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert background() == "rgb(255, 255, 255)"
    page.get_by_label("Colours").select_option("dark")
    assert background() == "rgb(20, 25, 31)"
    opened.go("/")
    assert background() == "rgb(20, 25, 31)", "the choice is kept"
    page.get_by_label("Colours").select_option("system")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_nothing_sticks_out_and_axe_finds_no_serious_fault(opened: Opened, width: int, scheme: str) -> None:
    page = opened.page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    for path in ("/", "/concept?name=dog", "/concepts", "/compare?name=dog&name=cat", "/samples?name=dog"):
        opened.go(path)
        if path.startswith("/concept?"):
            for part in ("law", "plan", "together", "samples"):
                opened.reach(part)
            page.locator("[data-drawn=true]").wait_for(timeout=120_000)
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
        # The policy refuses a script in the page, and the tester puts one there from outside.
        assert serious_faults(page) == [], path
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")


def test_captions_and_names_stay_text(opened: Opened) -> None:
    page = opened.go("/concept?name=dog")
    samples = opened.reach("samples")
    text = samples.text_content() or ""
    assert "<script>document.title" in text and "⟨U+202E⟩god" in text
    for path in ("/", "/concepts?ranking=3", "/compare?name=%3Cimg%20src%3Dx%3E&name=dog"):
        opened.go(path)
        assert page.locator("main img[src=x], main script").count() == 0
    page.go_back()
    assert "harmed" not in page.title()


def test_without_scripts_there_are_links(browser: sync_api.Browser, served: Served) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{served.address}/concept?name=dog")
    page.locator("#samples").get_by_role("link", name="Show").click()
    assert page.locator(".grid li").count() == 3 and page.get_by_role("button", name="List of keys").last.is_visible()
