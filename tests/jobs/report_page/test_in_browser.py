"""The page in a real Chromium: it answers by mouse and keyboard, and nothing from data or network runs in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny
from browsers import NEEDS_CHROMIUM, Heard, serious_faults, sync_api
from report_examples import HOSTILE, big, example, hostile, with_strips

from jobs.figures.readable import readable
from jobs.report_page import SIDE, ConceptCount, ReportData, SearchCounts, render
from jobs.report_page.browser_libraries import browser_libraries
from jobs.results.samples.drawn_samples import SampleKey
from udfs.images.decode.thumbnails import NoThumbnail, thumbnail

pytestmark = [
    NEEDS_CHROMIUM,
    pytest.mark.skipif(browser_libraries() is None, reason="the extra `report` is not installed"),
]
# Bytes of a page that people send by mail.
LIMIT = 5_000_000


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("page") / "report.html"
    target.write_text(render(example()), encoding="utf-8")
    return target


class Opened(Heard):
    def __init__(self, browser: sync_api.Browser, file: Path, **options: object) -> None:
        super().__init__(browser, **options)
        self.page.goto(file.as_uri())
        self.page.wait_for_selector("html[data-drawn]", timeout=120_000)

    def rows(self) -> list[str]:
        """The names of the concepts that the table shows."""
        return self.page.locator("#concepts-table button.concept").all_inner_texts()


@pytest.fixture(scope="module")
def opened(browser: sync_api.Browser, file: Path) -> Opened:
    return Opened(browser, file, viewport={"width": 1280, "height": 900}, color_scheme="light")


@pytest.fixture
def page(opened: Opened) -> Iterator[sync_api.Page]:
    yield opened.page
    opened.page.keyboard.press("Escape")
    assert opened.said == [], "nothing on the console"


def test_it_asks_for_its_own_file_only(opened: Opened, page: sync_api.Page, file: Path) -> None:
    assert opened.asked == [file.as_uri()]
    assert file.stat().st_size < LIMIT


def test_search_order_and_filters(opened: Opened, page: sync_api.Page) -> None:
    assert opened.rows()[:2] == ["comet", "knight"], "the most frequent first"
    page.get_by_role("searchbox").fill("ANCH")
    assert opened.rows() == ["anchor"]
    page.get_by_role("searchbox").fill("")
    page.get_by_role("button", name="concept").first.focus()
    page.keyboard.press("Enter")
    # The table is sorted a moment after the key.
    page.locator("#concepts-table th:first-child[aria-sort=ascending]").wait_for()
    assert opened.rows()[:2] == ["737-800", "abacus"]
    page.locator("#table-filter").select_option("never")
    assert opened.rows() == ["abacus", "loom", "sundial"]
    page.locator("#table-filter").select_option("flagged")
    assert opened.rows() == ["comet", "umbrella"]
    page.locator("#table-filter").select_option("all")
    page.locator("#table-view").select_option(label="text search")
    heads = page.locator("#concepts-table th .dt-column-title").all_inner_texts()
    assert heads[:3] == ["concept", "glyphs", "photos"]
    page.locator("#table-view").select_option(label="glyphs")


def test_the_card_by_keyboard(opened: Opened, page: sync_api.Page) -> None:
    name = page.locator("button.concept", has_text="comet").first
    name.focus()
    page.keyboard.press("Enter")
    card = page.locator("dialog[open]")
    words = " ".join(card.inner_text().split())
    assert "glyphs text search 1,469 1" in words and "photos text search 36 1" in words
    assert "concepts far below what another search suggests" in words and "tiny, simple" in words
    assert "Occurs with glyphs, text search moon 12 (0.43)" in words and "not shown" not in words
    assert "Some samples" not in words
    assert "glyphs, text search its name comet 1,400 or meteor 71 taken away by movie no answer" in words
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0 and name.evaluate("one => one === document.activeElement")


def dot(page: sync_api.Page, chart: str, x: float, y: float) -> tuple[float, float]:
    """Where a chart has drawn these values, in pixels of the window."""
    page.locator(f"#{chart}").scroll_into_view_if_needed()
    place = page.evaluate(
        """([chart, x, y]) => {
          const box = document.getElementById(chart);
          const { view } = box.result;
          const { left, top } = box.querySelector("canvas").getBoundingClientRect();
          const [across, down] = view.origin();
          const padding = view.padding();
          return [left + padding.left + across + view.scale("x")(x), top + padding.top + down + view.scale("y")(y)];
        }""",
        [chart, x, y],
    )
    return place[0], place[1]


def test_hover_and_choose_a_dot(page: sync_api.Page) -> None:
    text, image = (dict(counts.ranked)["comet"] for counts in example().searches[:2])
    page.mouse.move(*dot(page, "pair-chart", text, image))
    tip = page.locator("#vg-tooltip-element.visible")
    tip.wait_for()
    assert "comet" in tip.inner_text() and "1,469" in tip.inner_text()
    page.mouse.click(*dot(page, "pair-chart", text, image))
    assert page.locator("dialog[open] h2").inner_text() == "comet"


def test_the_law_follows_its_switches(page: sync_api.Page) -> None:
    told = page.locator("#law-told").inner_text()
    page.locator("#law-search").select_option(label="image search above 0.5")
    page.wait_for_function("told => document.getElementById('law-told').textContent !== told", arg=told)
    assert "0.251 per decade" in page.locator("#law-told").inner_text()
    page.locator("#law-chart[aria-label*='image search above 0.5']").wait_for()
    page.locator("#law-search").select_option(label="text search")
    assert page.locator("#law-set").input_value() == "all"


def test_light_dark_and_print(page: sync_api.Page) -> None:
    def background() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert background() == "rgb(255, 255, 255)"
    page.locator("#theme").select_option("dark")
    assert background() == "rgb(20, 25, 31)"
    page.locator("#theme").select_option("system")
    page.emulate_media(color_scheme="dark")
    assert background() == "rgb(20, 25, 31)"
    page.emulate_media(media="print", color_scheme="light")
    assert not page.locator("nav[aria-label=Sections]").is_visible() and page.locator("#concepts-table").is_visible()
    page.emulate_media(media="screen")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_nothing_sticks_out_and_axe_finds_no_serious_fault(page: sync_api.Page, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for choose in (None, "button.concept"):
        if choose:
            page.locator(choose).first.click()
        assert serious_faults(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")


def test_the_policy_holds(browser: sync_api.Browser, file: Path) -> None:
    opened = Opened(browser, file)
    assert opened.said == []
    ran = opened.page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend", "<p style='color: red' onclick='window.ran = true'>x</p>");
          document.body.lastElementChild.click();
          return [window.ran ?? false, getComputedStyle(document.body.lastElementChild).color === "rgb(255, 0, 0)"];
        }"""
    )
    assert ran == [False, False] and len(opened.said) == 3 and all("Content Security" in said for said in opened.said)
    assert opened.page.evaluate("fetch('https://example.org').then(() => 'sent', () => 'refused')") == "refused"


def test_names_and_captions_stay_text(browser: sync_api.Browser, tmp_path: Path) -> None:
    file = tmp_path / "hostile.html"
    data = with_strips(hostile(), HOSTILE[0])
    file.write_text(render(data), encoding="utf-8")
    opened = Opened(browser, file, viewport={"width": 1280, "height": 900})
    page = opened.page
    assert {readable(name) for name in HOSTILE} <= set(opened.rows()) and opened.said == []
    for view in page.locator("#table-view option").all():
        page.locator("#table-view").select_option(view.get_attribute("value"))
    for row in range(8):
        page.locator("button.concept").nth(row).click()
        page.keyboard.press("Escape")
    for chart in ("pair-chart", "law-chart"):
        box = page.locator(f"#{chart} canvas").bounding_box()
        assert box is not None
        page.locator(f"#{chart}").scroll_into_view_if_needed()
        for part in range(8):
            page.mouse.move(box["x"] + box["width"] * part / 8, 450)
    page.set_viewport_size({"width": 390, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator("img, main script, dialog script, main b").count() == 0
    assert opened.said == [] and opened.asked == [file.as_uri()]


def pictures(data: ReportData) -> dict[SampleKey, bytes | NoThumbnail]:
    """A picture of each drawn sample, but for the first, which cannot be read."""
    kept: dict[SampleKey, bytes | NoThumbnail] = {}
    for one in data.strips.samples:
        made = thumbnail(tiny.picture(1, 300, 200), SIDE, "WEBP")
        kept[one.key] = made if one.key[2] else NoThumbnail("ends <b>early</b>")
    return kept


@pytest.fixture(scope="module")
def with_pictures(browser: sync_api.Browser, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    file = tmp_path_factory.mktemp("pictures") / "report.html"
    data = with_strips(example(), HOSTILE[3])
    file.write_text(render(data, pictures(data)), encoding="utf-8")
    return Opened(browser, file, viewport={"width": 1280, "height": 900})


def test_a_strip_of_samples(with_pictures: Opened) -> None:
    page = with_pictures.page
    page.get_by_role("searchbox").fill("anchor")
    page.locator("button.concept").first.click()
    strip = page.locator("#card-samples li")
    assert strip.count() == 3 and page.locator("#card-samples img").count() == 2
    page.wait_for_function("Array.from(document.querySelectorAll('#card-samples img')).every((one) => one.complete)")
    assert page.locator("#card-samples img").first.evaluate("one => one.naturalWidth") == SIDE
    assert strip.first.inner_text() == HOSTILE[3] and strip.nth(1).inner_text().endswith("(no caption)")
    assert "The image is not here: ends <b>early</b>" in strip.nth(1).inner_text()
    assert "Drawn by seed 7" in page.locator("#card-samples-told").inner_text()
    assert f"No samples are shown: {HOSTILE[3]}" in page.locator("#concepts").inner_text()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width and serious_faults(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.keyboard.press("Escape")
    assert with_pictures.said == [] and page.locator("main b, dialog b").count() == 0
    assert all(one.startswith(("file:", "data:image/webp")) for one in with_pictures.asked)


def test_other_images_are_still_refused(with_pictures: Opened) -> None:
    page = with_pictures.page
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://example.org/a.png'}))")
    page.wait_for_function("document.body.lastElementChild.complete")
    assert len(with_pictures.said) == 1 and "Content Security" in with_pictures.said.pop()


def test_a_companion_opens_its_card(opened: Opened, page: sync_api.Page) -> None:
    page.locator("button.concept", has_text="comet").first.click()
    page.locator("#card-companions button").focus()
    page.keyboard.press("Enter")
    assert page.locator("dialog[open] h2").inner_text() == "moon"


@pytest.mark.parametrize("frequency", [3, 0, None])
def test_one_search_of_one_concept(browser: sync_api.Browser, tmp_path: Path, frequency: int | None) -> None:
    file = tmp_path / "small.html"
    counts = SearchCounts("c", "text", None, [ConceptCount("lone", frequency, "no noun in the name")])
    file.write_text(render(ReportData("small", None, (), searches=[counts])), encoding="utf-8")
    opened = Opened(browser, file)
    assert opened.rows() == ["lone"] and opened.said == []
    opened.page.locator("button.concept").click()
    assert opened.page.locator("dialog[open]").is_visible() and opened.said == []


def test_without_scripts_it_can_be_read(browser: sync_api.Browser, file: Path) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(file.as_uri())
    words = page.locator("body").inner_text()
    assert (
        "runs no scripts" in words
        and "conceptfreq counts CONFIG" in words
        and "Frequent concepts score better" in words
    )
    assert page.locator("#concepts-table tbody tr").count() == 20
    assert not page.locator("#table-view").is_visible()


@pytest.mark.long
@pytest.mark.parametrize(("concepts", "corpora"), [(5_000, 4), (500_000, 1)])
def test_large_lakes(browser: sync_api.Browser, tmp_path: Path, concepts: int, corpora: int) -> None:
    file = tmp_path / "report.html"
    file.write_text(render(big(concepts, corpora)), encoding="utf-8")
    assert file.stat().st_size < LIMIT
    opened = Opened(browser, file)
    painted = opened.page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert painted < 1_000, "milliseconds"
    opened.page.get_by_role("searchbox").fill("concept 0000017")
    assert opened.rows() == ["concept 0000017"] and opened.said == []
