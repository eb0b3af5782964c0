"""The page of labels in a real Chromium: judged by keys and buttons, kept, saved as a CSV, safe with any caption."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import tiny
from browsers import NEEDS_CHROMIUM, Heard, serious_faults, sync_api
from report_examples import HOSTILE

from jobs.figures.readable import readable
from jobs.report_page.label_page import render_labels
from jobs.results.labels.drawn_pairs import LABELS, DrawnPair
from jobs.results.labels.label_file import read_labels
from jobs.results.labels.pictures import sample_key
from udfs.images.decode.thumbnails import NoThumbnail, thumbnail

pytestmark = NEEDS_CHROMIUM


def pair(ordinal: int, concept: str, **changes: Any) -> DrawnPair:
    row = {
        "corpus": "web",
        "shard": "00.tar",
        "ordinal": ordinal,
        "sample": f"{ordinal:04}",
        "concept": concept,
        "judged": "image",
        "stratum": "text, image 0.3 to 0.5",
        "pairs": 40 + ordinal,
        "chance": 0.1,
        "score": 0.4,
        "label": None,
        "caption": f"a {concept} by the sea",
        "url": "https://example.org/a.jpg",
    }
    return DrawnPair(row | changes, None)


PAIRS = [pair(0, "crane"), pair(1, "new_york", judged="caption", score=None), pair(2, "bass"), pair(3, 'a, "b"')]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    jpeg = thumbnail(tiny.picture(1, 300, 200), 120)
    assert isinstance(jpeg, bytes)
    pictures: Mapping[Any, bytes | NoThumbnail] = {
        sample_key(one.row): NoThumbnail("ends <b>early</b>") if at == 2 else jpeg for at, one in enumerate(PAIRS)
    }
    target = tmp_path_factory.mktemp("labels") / "label.html"
    target.write_text(render_labels("hits", PAIRS, pictures), encoding="utf-8")
    return target


class Opened(Heard):
    def __init__(self, browser: sync_api.Browser, file: Path, **options: object) -> None:
        super().__init__(browser, **options)
        self.page.goto(file.as_uri())
        self.page.wait_for_selector("html[data-drawn]")

    def question(self) -> str:
        return str(self.page.locator("#question").inner_text())

    def done(self) -> str:
        return str(self.page.locator("#done").inner_text())


def test_judged_by_keys_kept_and_saved(browser: sync_api.Browser, file: Path, tmp_path: Path) -> None:
    opened = Opened(browser, file)
    page = opened.page
    assert opened.question() == "Does the image show crane?" and opened.done() == "0 of 4 judged."
    assert page.locator("#picture img").evaluate("one => one.naturalWidth") == 120
    page.keyboard.press("y")
    assert opened.question() == "Does the caption speak of new york?"
    page.keyboard.press("n")
    assert "The image is not here: ends <b>early</b>" in page.locator("#picture").inner_text()
    page.keyboard.press("b")
    assert page.locator("#no").get_attribute("aria-pressed") == "true"
    page.keyboard.press("U")
    assert opened.question() == "Does the image show bass?" and opened.done() == "2 of 4 judged."
    page.keyboard.press("Control+y")
    page.keyboard.press("x")
    page.locator("#theme").focus()
    page.keyboard.press("n")
    assert opened.done() == "2 of 4 judged.", "keys of the browser and of its controls are no labels"
    page.reload()
    page.wait_for_selector("html[data-drawn]")
    assert opened.done() == "2 of 4 judged." and opened.question() == "Does the image show bass?"
    page.get_by_role("button", name="No").click()
    page.get_by_role("button", name="Yes").click()
    assert page.get_by_role("heading", name="All pairs are judged").is_visible()
    with page.expect_download() as download:
        page.keyboard.press("s")
    assert download.value.suggested_filename == "hits-labels.csv"
    saved = tmp_path / "labels.csv"
    download.value.save_as(saved)
    assert saved.read_text(encoding="utf-8").splitlines()[0].split(",") == LABELS.names
    labels = read_labels(str(saved)).labels
    assert [one.said for one in labels] == ["yes", "unsure", "no", "yes"]
    for one, drawn in zip(labels, PAIRS, strict=True):
        row = {name: value for name, value in one._asdict().items() if name != "said"}
        assert row == {name: drawn.row[name] for name in row}
    assert opened.said == [] and {url.split(":")[0] for url in opened.asked} <= {"file", "data", "blob"}


def test_a_part_can_be_saved(browser: sync_api.Browser, file: Path, tmp_path: Path) -> None:
    page = Opened(browser, file).page
    page.keyboard.press("n")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save CSV").click()
    download.value.save_as(tmp_path / "labels.csv")
    read = read_labels(str(tmp_path / "labels.csv"))
    assert (len(read.labels), read.empty) == (1, 3)


def test_names_and_captions_stay_text(browser: sync_api.Browser, tmp_path: Path) -> None:
    # No table holds half of a surrogate pair.
    texts = [text.replace("\ud800 ", "") for text in HOSTILE] + ["</script><script>alert(3)</script>", "=1+1"]
    pairs = [
        pair(at, text, caption=text, url="javascript:alert(4)", sample=text, shard=text, corpus=text)
        for at, text in enumerate(texts)
    ]
    target = tmp_path / "hostile.html"
    target.write_text(render_labels(HOSTILE[0], pairs, None), encoding="utf-8")
    opened = Opened(browser, target, viewport={"width": 390, "height": 844})
    page = opened.page
    for text in texts:
        assert opened.question() == f"Does the image show {readable(text.replace('_', ' '))}?"
        assert page.locator("#caption").inner_text() == " ".join(readable(text).split())
        assert not page.locator("#link").is_visible() and page.locator("main img, main script, main b").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.keyboard.press("y")
    with page.expect_download() as download:
        page.keyboard.press("s")
    assert "/" not in download.value.suggested_filename and "<" not in download.value.suggested_filename
    download.value.save_as(tmp_path / "labels.csv")
    assert [one.concept for one in read_labels(str(tmp_path / "labels.csv")).labels] == texts
    assert opened.said == [] and {url.split(":")[0] for url in opened.asked} <= {"file", "blob"}


def test_the_policy_holds(browser: sync_api.Browser, file: Path) -> None:
    opened = Opened(browser, file)
    ran = opened.page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend", "<img src='https://example.org/a.png'>");
          return window.ran ?? false;
        }"""
    )
    assert ran is False
    assert opened.page.evaluate("fetch('https://example.org').then(() => 'sent', () => 'refused')") == "refused"
    assert opened.said and all("Content Security" in said for said in opened.said)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_nothing_sticks_out_and_axe_finds_no_serious_fault(
    browser: sync_api.Browser, file: Path, width: int, scheme: str
) -> None:
    page = Opened(browser, file, viewport={"width": width, "height": 844}, color_scheme=scheme).page
    for key in "yynn":
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert serious_faults(page) == []
        page.keyboard.press(key)
    assert page.locator("#end").is_visible()


def test_without_scripts_it_says_what_to_do(browser: sync_api.Browser, file: Path) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(file.as_uri())
    assert "conceptfreq label CONFIG --output pairs.csv" in page.locator("body").inner_text()
    assert not page.locator("#answers").is_visible()
