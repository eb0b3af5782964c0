from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jobs.analysis.protocol import Protocol
from jobs.report_page import (
    ConceptCount,
    CorpusRead,
    Example,
    Provenance,
    Refusal,
    ReportData,
    SearchCounts,
    StageOutcome,
    render,
)
from jobs.report_page import render as render_page
from jobs.results.counts.answers import Misaligned
from jobs.results.fits.fitted import FitInput, Fitted
from jobs.results.fits.joint_searches import joint_of
from udfs import statuses

HOSTILE = (
    "<script>alert(1)</script>",
    "\"quoted\" & 'single'",
    "\u202egnp.exe",
    "</title><img src=x onerror=alert(2)>",
    "$\\frac{x$ 5 $",
    "nul\x00 and \ud800 half",
    "{{ 7 * 191 }}",
    "東京 שלום",
)
TEXT = """
anchor umbrella snowman queen rook bishop saturn jupiter omega sigma telephone heart spade flag
cloud envelope airplane hourglass recycling radioactive yen euro pound cent sun moon comet
knight king pawn delta lambda theta pencil scales gear atom fleur shamrock skull coffee sword
crown diamond club star note sharp flat infinity sum integral root phone mailbox keyboard watch
rain snow fog lightning tornado compass wheel anvil hammer
"""
WORDS = TEXT.split()


GLYPH_STAGES = (
    StageOutcome("glyphs", "ingest", 20_232, {statuses.OK: 20_232}),
    StageOutcome("glyphs", "captions", 20_232, {statuses.OK: 20_228, statuses.EMPTY_CAPTION: 4}),
)
PHOTO_STAGES = (
    StageOutcome(
        "photos",
        "ingest",
        1_204,
        {
            statuses.OK: 1_190,
            statuses.DUPLICATE_KEY: 9,
            statuses.BAD_MEMBER: 4,
            statuses.TRUNCATED_SHARD: 1,
        },
        {
            statuses.DUPLICATE_KEY: Example("00002.tar", "000020017#2", None, "A man in a red shirt climbs"),
            statuses.TRUNCATED_SHARD: Example("00002.tar", "#shard", "ends after 18,350,080 bytes"),
        },
    ),
    StageOutcome(
        "photos",
        "captions",
        1_190,
        {statuses.OK: 1_171, statuses.NO_CAPTION: 12, statuses.CAPTION_CUT: 7},
        {statuses.CAPTION_CUT: Example("00000.tar", "000000411", None, "Two dogs run over wet sand " * 9)},
    ),
    StageOutcome(
        "photos",
        "images",
        1_190,
        {
            statuses.OK: 1_082,
            statuses.TRUNCATED_IMAGE: 66,
            statuses.NOT_AN_IMAGE: 31,
            statuses.DECODE_ERROR: 8,
            statuses.TOO_LARGE: 3,
        },
        {
            statuses.TRUNCATED_IMAGE: Example("00000.tar", "000000093", "12 bytes left", "Children play"),
            statuses.NOT_AN_IMAGE: Example(
                "00001.tar", "000010005", "begins with <!DOCTYPE html>", "Sunset over the <b>old</b> harbour"
            ),
            statuses.TOO_LARGE: Example("00001.tar", "000010402", "40,000 x 40,000 pixels"),
        },
    ),
)


def concepts(n: int = 64, seed: int = 0) -> tuple[list[str], list[int], list[float]]:
    rng = np.random.default_rng(seed)
    frequency = np.floor(np.exp(rng.uniform(0, np.log(1500), n))).astype(int)
    score = np.clip(0.12 + 0.26 * np.log10(frequency) + rng.normal(0, 0.1, n), 0, 1)
    return WORDS[:n], frequency.tolist(), score.round(3).tolist()


def law_fit(
    names: list[str], frequency: list[int], score: list[float], search: str = "text", protocol: str = "paper"
) -> Fitted:
    item = FitInput(
        corpus="glyphs",
        search=search,
        threshold=None if search == "text" else 0.5,
        sets=("fresh glyphs",),
        model="tiny",
        prompt="simple",
        metric="accuracy",
        protocol=Protocol(protocol),
        names=tuple(names),
        set_of=("fresh glyphs",) * len(names),
        frequency=tuple(frequency),
        score=tuple(score),
        images=(40,) * len(names),
    )
    return item.fit()


def renamed(fit: Fitted, **values: Any) -> Fitted:
    """The fit with other values in its key."""
    return replace(fit, item=replace(fit.item, **values))


def counted(names: list[str], frequency: list[int], search: str, threshold: float | None) -> SearchCounts:
    rows = [ConceptCount(name, count) for name, count in zip(names, frequency, strict=True)]
    rows += [ConceptCount(name, 0) for name in ("sundial", "abacus", "loom")]
    reason = "no noun in the name" if search == "text" else "no class of the tagger has this name"
    rows += [ConceptCount(name, None, reason) for name in ("737-800", "blue")]
    return SearchCounts("glyphs", search, threshold, rows)


def example() -> ReportData:
    """A run as it might be: two corpora, all searches, rejects of several kinds, two fits."""
    names, frequency, score = concepts()
    rng = np.random.default_rng(3)
    seen = [int(max(0, count * rng.uniform(0.6, 1.1) - rng.integers(0, 4))) for count in frequency]
    both = [int(min(pair) * 0.8) for pair in zip(frequency, seen, strict=True)]
    photos = SearchCounts(
        "photos",
        "text",
        None,
        [ConceptCount(name, count // 40) for name, count in zip(names, frequency, strict=True)],
    )
    return ReportData(
        name="glyphs and photos",
        counted="2026-03-04 11:20 UTC",
        corpora=(
            CorpusRead("glyphs", "webdataset", 21, 0, 20_232, 96_400_000),
            CorpusRead("photos", "webdataset", 3, 1, 1_204, 184_549_376),
        ),
        stages=(*GLYPH_STAGES, *PHOTO_STAGES),
        searches=(
            counted(names, frequency, "text", None),
            counted(names, seen, "image", 0.5),
            counted(names, both, "integrated", 0.5),
            photos,
        ),
        misaligned=(
            Misaligned("glyphs", 0.5, 1_318, 20_228, 0.0652, 0.0711),
            Misaligned("glyphs", 0.7, 1_105, 20_228, 0.0546, 0.0633),
            Misaligned("photos", 0.5, 0, 0, None, None),
        ),
        fits=(law_fit(names, frequency, score), law_fit(names, seen, score, "image")),
        refusals=(Refusal("photos, text search: tiny", "fewer than 3 bins are left (1 of 12)"),),
        provenance=(
            Provenance("Text search", (("pipeline", "en_core_web_sm 3.8.0"), ("match", "strict"))),
            Provenance("Image search", (("tagger", "clip tiny"), ("weights", "sha256 9f86d081884c7d659"))),
        ),
    )


def hostile() -> ReportData:
    """A run whose every text field is out to break the page."""
    _, frequency, score = concepts(40)
    names = [HOSTILE[i % len(HOSTILE)] + " " * (i // len(HOSTILE)) for i in range(40)]
    bad = HOSTILE[0]
    rows = [ConceptCount(name, count) for name, count in zip(names, frequency, strict=True)]
    rows.append(ConceptCount(HOSTILE[3], None, bad))
    fit = renamed(law_fit(names, frequency, score), corpus=bad, model=HOSTILE[3], sets=HOSTILE, metric=HOSTILE[1])
    return ReportData(
        name=HOSTILE[3],
        counted=bad,
        corpora=tuple(CorpusRead(name, bad, 1, 0, 1, 1) for name in HOSTILE),
        stages=(StageOutcome(bad, bad, 2, {bad: 2}, {bad: Example(bad, HOSTILE[3], bad, HOSTILE[3])}),),
        searches=(SearchCounts(bad, "text", None, rows), SearchCounts(bad, "image", 0.5, rows)),
        misaligned=(Misaligned(bad, 0.5, 0, 1, 0.0, 0.0),),
        fits=(fit,),
        refusals=(Refusal(bad, HOSTILE[3]),),
        provenance=(Provenance(bad, ((HOSTILE[3], bad),)),),
    )


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


@pytest.fixture(scope="module")
def page() -> str:
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
        "Never found (3): abacus, loom, sundial.",
        "Unanswerable (2), no noun in the name: 737-800, blue.",
        "glyphs: text search against image search above 0.5",
        "6.5 %",
        "r between bin means is high by construction of means",
        "fewer than 3 bins are left (1 of 12)",
        "en_core_web_sm 3.8.0",
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
    script = re.search(r"<script>(.*)</script>", page, re.DOTALL)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + digest + "'"
    assert ("content", policy) in Outline(page).attributes


def test_without_evaluations_it_says_what_to_add() -> None:
    text = Outline(render(replace(example(), fits=(), refusals=()))).text
    assert "Nothing was fitted" in text and "evaluate" in text and "r unbinned" not in text


def test_without_images_or_counts_it_is_still_a_page() -> None:
    run = example()
    text_only = [counts for counts in run.searches if counts.search == "text"]
    page = Outline(render(replace(run, searches=text_only, misaligned=(), fits=()))).text
    assert "Text against image" not in page and "Misalignment" not in page and "anchor" in page
    empty = ReportData("empty", None, (CorpusRead("none", "parquet", 0, 0, 0, 0),))
    assert "Nothing was fitted" in Outline(render(empty)).text


def test_a_search_that_finds_nothing_is_told() -> None:
    counts = SearchCounts("c", "text", None, [ConceptCount(f"concept {i}", 0) for i in range(30)])
    text = Outline(render(ReportData("r", None, (), searches=(counts,)))).text
    assert "Never found (30): concept 0" in text and "and 10 more" in text and "100.0 %" in text


def counts_of(corpus: str, frequencies: dict[str, int]) -> SearchCounts:
    return SearchCounts(corpus, "text", None, [ConceptCount(*pair) for pair in frequencies.items()])


def test_tails_and_corpora_against_each_other() -> None:
    first = counts_of("first", {"a": 0, "b": 9, "c": 40, "d": 2_000})
    second = counts_of("second", {"b": 1, "c": 5, "d": 7, "e": 3})
    silent = SearchCounts("third", "image", 0.5, [ConceptCount("a", None, "no label")])
    text = Outline(render(ReportData("r", None, (), searches=(first, second, silent)))).text
    tail, across = text.split("How rare concepts are")[1].split("Corpora against each other")
    # Gini by ranks: 2 (2 x 9 + 3 x 40 + 4 x 2,000) / (4 x 2,049) - 5/4.
    assert "firsttext search50.0 %75.0 %75.0 %0.736––––" in tail and "third" not in tail
    assert "text searchfirst and second31.000" in across
    alone = Outline(render(ReportData("r", None, (), searches=(first,)))).text
    assert "How rare concepts are" in alone and "Corpora against each other" not in alone


def test_least_frequent_are_the_tail_and_never_those_of_the_head() -> None:
    counts = SearchCounts("c", "text", None, [ConceptCount(f"{i:02}", i) for i in range(31)])
    assert [n for _, n in counts.most] == list(range(30, 10, -1))
    assert [n for _, n in counts.least] == list(range(1, 11))


def test_figures_are_few_and_the_table_has_every_fit() -> None:
    names, frequency, score = concepts(30)
    fit = law_fit(names, frequency, score)
    page = render(ReportData("r", None, (), fits=[renamed(fit, model=f"model {i}") for i in range(14)]))
    assert page.count('class="law"') == 12 and "Figures of the first 12 of 14 fits" in page and "model 13" in page


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
