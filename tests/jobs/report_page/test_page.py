from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from report_examples import HOSTILE, WORDS, concepts, example, hostile, law_fit, renamed

from jobs.report_page import (
    ConceptCount,
    CorpusRead,
    ReportData,
    SearchCounts,
    render,
    rendering,
)
from jobs.report_page import render as render_page
from jobs.results.fits.joint_searches import joint_of


class Outline(HTMLParser):
    """Tags, attributes and visible text as a browser would see them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data if self.open and self.open[-1] not in ("style", "script") else ""


@pytest.fixture(scope="module", autouse=True)
def no_libraries() -> Iterator[None]:
    """The page without scripts of others: those take seconds, and test_interactive.py has them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rendering, "browser_libraries", lambda: None)
        yield


@pytest.fixture(scope="module")
def page(no_libraries: None) -> str:
    return render(example())


def test_the_page_says_what_the_run_found(page: str) -> None:
    text = " ".join(Outline(page).text.split())
    for words in (
        "glyphs and photos: concept frequencies",
        "counted 2026-03-04 11:20 UTC",
        "21,436",
        "in 24 shards, 268 MiB",
        "the image ends early",
        "begins with <!DOCTYPE html>",
        "“Sunset over the <b>old</b> harbour”",
        "Text search finds 64 of 67 concepts and never 3 (4.5 %). The most frequent is comet (1,469 samples).",
        "3 findings deserve a look (concepts far below what another search suggests: 1",
        "made without the packages of the extra report",
        "glyphs: text search against image search above 0.5",
        "6.5 %",
        "r between bin means is high by construction of means",
        "fewer than 3 bins are left (1 of 12)",
        "en_core_web_sm 3.8.0",
        "images20,2322 min169tagger 75.0 %, decode 25.0 %",
        "What photos is like",
        "captions that repeat an earlier one716.1 %",
        "JPEG1,08099.8 %",
        "images that repeat others: set images.hashes: [bytes], and run conceptfreq run",
    ):
        assert words in text, words


def test_the_page_is_well_formed_and_asks_for_nothing_from_outside(page: str) -> None:
    outline = Outline(page)
    assert not outline.open
    addresses = [value for name, value in outline.attributes if name in ("src", "href", "xlink:href", "action")]
    assert all(value and value.startswith("#") for value in addresses)
    assert not re.search(r"@import|url\((?!#)", page)
    ids = re.findall(r'<(?!path|clipPath)[\w]+[^>]* id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_one_run_gives_one_page(page: str) -> None:
    assert render(example()) == page


def test_hover_tells_each_concept(page: str) -> None:
    titles = re.findall(r"<title>(.*?)</title></[\w:]*use>", page, re.DOTALL)
    assert len(titles) == 3 * 64 + 3
    frequency, score = (dict(zip(WORDS, values, strict=False)) for values in concepts()[1:])
    told = f"anchor\n{frequency['anchor']:,} samples\naccuracy {score['anchor']:.3g}"
    assert any(title.startswith(told) for title in titles)


def test_names_and_captions_cannot_break_out() -> None:
    page = render(hostile())
    outline = Outline(page)
    assert outline.tags.count("script") == 1 and "img" not in outline.tags and "b" not in outline.tags
    assert not any(name.startswith("on") for name, _ in outline.attributes)
    assert HOSTILE[0] in outline.text and HOSTILE[3] in outline.text and "{{ 7 * 191 }}" in outline.text
    assert not set("\u202e\x00\ud800") & set(page) and "⟨U+202E⟩gnp.exe" in outline.text
    assert "1337" not in outline.text
    page.encode("utf-8")


def test_the_policy_admits_the_pages_own_script_only(page: str) -> None:
    [script] = re.findall(r"<script type=\"module\">(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = "default-src 'none'; base-uri 'none'; form-action 'none'; script-src 'sha256-" + digest + "'; style-src"
    assert ("content", f"{policy} 'unsafe-inline'") in Outline(page).attributes


def test_without_evaluations_it_says_what_to_add() -> None:
    text = Outline(render(replace(example(), fits=(), refusals=()))).text
    assert "Nothing was fitted" in text and "evaluate" in text and "r unbinned" not in text


def test_without_images_or_counts_it_is_still_a_page() -> None:
    run = example()
    text_only = [counts for counts in run.searches if counts.search == "text"]
    page = Outline(render(replace(run, searches=text_only, misaligned=(), fits=()))).text
    assert "Two counts" not in page and "Misalignment" not in page and "comet" in page
    empty = ReportData("empty", None, (CorpusRead("none", "parquet", 0, 0, 0, 0),))
    assert "Nothing was fitted" in Outline(render(empty)).text


def test_a_search_that_finds_nothing_is_told() -> None:
    counts = SearchCounts("c", "text", None, [ConceptCount(f"concept {i}", 0) for i in range(30)])
    text = Outline(render(ReportData("r", None, (), searches=(counts,)))).text
    assert "Text search finds 0 of 30 concepts and never 30 (100.0 %)." in text


def counts_of(corpus: str, frequencies: dict[str, int]) -> SearchCounts:
    return SearchCounts(corpus, "text", None, [ConceptCount(*pair) for pair in frequencies.items()])


def test_tails_and_corpora_against_each_other() -> None:
    first = counts_of("first", {"a": 0, "b": 9, "c": 40, "d": 2_000})
    second = counts_of("second", {"b": 1, "c": 5, "d": 7, "e": 3})
    silent = SearchCounts("third", "image", 0.5, [ConceptCount("a", None, "no label")])
    text = Outline(render(ReportData("r", None, (), searches=(first, second, silent)))).text
    tail, across = text.split("The long tail")[1].split("Corpora against each other")
    # Gini by ranks: 2 (2 x 9 + 3 x 40 + 4 x 2,000) / (4 x 2,049) - 5/4.
    assert "firsttext search50.0 %75.0 %75.0 %0.736––––" in tail and "third" not in tail
    assert "text searchfirst and second31.000" in across
    alone = Outline(render(ReportData("r", None, (), searches=(first,)))).text
    assert "The long tail" in alone and "Corpora against each other" not in alone


def test_the_table_begins_with_the_most_frequent() -> None:
    counts = SearchCounts("c", "text", None, [ConceptCount(f"{i:02}", i) for i in range(31)])
    assert [n for _, n in counts.most] == list(range(30, 10, -1))
    rows = Outline(render(ReportData("r", None, (), searches=(counts,)))).text.split("conceptsamples")[1]
    assert rows.split()[:3] == ["3030", "2929", "2828"]


def test_figures_are_few_and_the_table_has_every_fit() -> None:
    names, frequency, score = concepts(30)
    fit = law_fit(names, frequency, score)
    page = render(ReportData("r", None, (), fits=[renamed(fit, model=f"model {i}") for i in range(14)]))
    assert page.count('class="law"') == 12 and "The first 12 of 14 fits" in page and "model 13" in page


def test_protocols_stand_side_by_side_and_their_pool_once() -> None:
    names, frequency, score = concepts(30)
    fits = [law_fit(names, frequency, score, protocol=name) for name in ("paper", "default")]
    page = render(ReportData("r", None, (), fits=fits))
    text = " ".join(Outline(page).text.split())
    title = "glyphs, text search: tiny, simple prompts"
    # Twice in the table of fits, once in that of pools and in the figure's heading.
    assert page.count('class="law"') == 1 and text.count(f"{title}fresh glyphs: accuracy") == 2
    hidden = text.split("What the bins hide")[1]
    sizes = " · ".join(str(one.concepts) for one in fits[0].law.bin_table)
    pooled = fits[0].pooled
    r = f"{pooled.r.low:.3g} to {pooled.r.high:.3g}"
    assert f"{title}{pooled.r2:.3f}{r}{pooled.spearman.value:.3f}" in hidden and sizes in hidden
    slope = f"{pooled.slope.value:+.3g}{pooled.slope.low:.3g} to {pooled.slope.high:.3g}"
    assert slope in hidden
    assert slope in text.split("What the bins hide")[0]


def test_several_sets_lead_with_the_slope_within_them() -> None:
    names, frequency, score = concepts(30)
    fit = law_fit(names, frequency, score)
    item = replace(fit.item, set_of=tuple(f"set {i % 3}" for i in range(30)))
    text = " ".join(Outline(render(ReportData("r", None, (), fits=[item.fit()]))).text.split())
    within = item.fit().pooled.within
    assert f"{within.value:+.3g}within sets{within.low:.3g} to {within.high:.3g}" in text
    assert f"{within.value:+.3g} [{within.low:.3g}, {within.high:.3g}] per decade within 3 sets" in text


def test_forms_and_two_searches_stand_beside_the_line(page: str) -> None:
    text = " ".join(Outline(page).text.split())
    fits = example().fits
    for fit in fits:
        assert fit.item.forms().verdict in text
    both = joint_of(fits[0].item, fits[1].item)
    assert f"glyphs, text and image above 0.5, tiny, simpler = {both.correlation:.2f} within sets, 64 concepts" in text
    for of in (both.text, both.image):
        assert f"{of.given_other.value:+.3g}{of.given_other.low:.3g} to {of.given_other.high:.3g}" in text
    names, frequency, score = concepts(8)
    alone = render(ReportData("r", None, (), fits=[law_fit(names, frequency, score)]))
    assert "Forms of the law" not in alone and "Two searches at once" not in alone, "8 concepts of one search"


def test_too_few_bins_and_p_values_that_are_many_are_told() -> None:
    names, frequency, score = concepts(8)
    few = law_fit(names, frequency, score)
    assert few.law.r is None
    names, frequency, score = concepts(60)
    fits = [renamed(law_fit(names, frequency, score), model=f"model {i}") for i in range(2)]
    text = " ".join(Outline(render(ReportData("r", None, (), fits=[few, *fits]))).text.split())
    assert "too few bins" in text and "No r over the bins: too few bins are left: " in text
    assert "if it is adjusted for the 3 fits of this page" in text


def test_it_renders_from_a_zip(tmp_path: Path) -> None:
    root = Path(render_page.__code__.co_filename).parents[2]
    archive = tmp_path / "code.zip"
    with zipfile.ZipFile(archive, "w") as target:
        for package in ("jobs", "udfs"):
            for path in (root / package).rglob("*"):
                if path.suffix in (".py", ".j2", ".css", ".js"):
                    target.write(path, path.relative_to(root))
    code = "from jobs.report_page import *; print(render(ReportData('zipped', None, ())))"
    environment = {**os.environ, "PYTHONPATH": str(archive)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "zipped</bdi>: concept frequencies" in done.stdout
