"""Reports as they might be, and one whose every text field is out to break the page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from jobs.analysis.protocol import Protocol
from jobs.report_page import (
    ConceptCount,
    CorpusRead,
    Example,
    Flag,
    Provenance,
    Refusal,
    ReportData,
    SearchCounts,
    StageOutcome,
    Work,
)
from jobs.results.corpora.corpus_traits import CorpusTraits
from jobs.results.corpora.repeated_values import RepeatedValues
from jobs.results.corpora.value_counts import ValueCounts
from jobs.results.counts.answers import Misaligned
from jobs.results.fits.fitted import FitInput, Fitted
from jobs.results.samples.card_parts import CardParts
from jobs.results.samples.companions import Companion
from jobs.results.samples.strips import SampleStrips, StripSample
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
        traits=(
            CorpusTraits(
                "photos",
                1_190,
                (
                    ValueCounts("language", (("en", 1_001), ("de", 122), ("unknown", 67)), 3, 1_190),
                    ValueCounts("formats", (("JPEG", 1_080), ("PNG", 2)), 2, 1_082),
                ),
                (RepeatedValues("caption", 1_171, 1_100), RepeatedValues("url", 0, 0)),
                ("images that repeat others: set `images.hashes: [bytes]`, and run `conceptfreq run`",),
            ),
        ),
        stages=(*GLYPH_STAGES, *PHOTO_STAGES),
        work=(Work("glyphs", "images", 20_232, {"decode": 30.0, "tagger": 90.0, "read": 0.0}),),
        searches=(
            counted(names, frequency, "text", None),
            counted(names, seen, "image", 0.5),
            counted(names, both, "integrated", 0.5),
            photos,
        ),
        parts=CardParts(
            (("comet", "name", "comet"), ("comet", "alias", "meteor"), ("comet", "excluded", "movie")),
            {"glyphs, text search": (1_400, 71, None)},
        ),
        companions={"glyphs, text search": {"comet": (Companion("moon", 12, 0.431), Companion("not shown", 9, 0.2))}},
        flags=(
            Flag("glyphs", "image", 0.5, "comet", "low_in_one_search", "text search finds 1,469"),
            Flag("photos", "text", None, "umbrella", "zeros", "0 of 1,171 samples"),
            Flag("photos", "text", None, None, "zeros_in_list", "31 of 64 concepts have a frequency of 0"),
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


def with_strips(data: ReportData, caption: str = "a comet by the sea") -> ReportData:
    """The report with three samples of its first concept, two of which its second concept shares."""
    samples = [
        StripSample(("glyphs", "00.tar", at), f"0{at}", caption if at else None, None, "fingerprint") for at in range(3)
    ]
    names = [one.name for one in data.searches[0].concepts[:2]]
    told = "Drawn by seed 7 among those that text search finds."
    return replace(data, strips=SampleStrips(tuple(samples), {names[0]: (2, 0, 1), names[1]: (0, 1)}, told, (caption,)))


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
        traits=(
            CorpusTraits(bad, 1, (ValueCounts("language", tuple((name, 1) for name in HOSTILE), 9, 9),), (), HOSTILE),
        ),
        stages=(StageOutcome(bad, bad, 2, {bad: 2}, {bad: Example(bad, HOSTILE[3], bad, HOSTILE[3])}),),
        work=(Work(bad, bad, 1, {bad: 1.0}),),
        searches=(SearchCounts(bad, "text", None, rows), SearchCounts(bad, "image", 0.5, rows)),
        parts=CardParts(tuple((name, "alias", HOSTILE[3]) for name in names), {bad: (1,) * len(names)}),
        companions={bad: {names[0]: tuple(Companion(name, 1, 0.5) for name in names[1:])}},
        flags=tuple(Flag(bad, "text", None, name, "zeros", bad) for name in names[:8]),
        misaligned=(Misaligned(bad, 0.5, 0, 1, 0.0, 0.0),),
        fits=(fit,),
        refusals=(Refusal(bad, HOSTILE[3]),),
        provenance=(Provenance(bad, ((HOSTILE[3], bad),)),),
    )


def big(n: int, corpora: int) -> ReportData:
    """n concepts by Zipf's law in each corpus, under every search and three thresholds, with a fit for each corpus."""
    rng = np.random.default_rng(5)
    names = [f"concept {i:07}" for i in range(n)]
    scored = min(n, 5_000)
    score = np.clip(rng.normal(0.5, 0.2, scored), 0, 1).round(3)
    searches, fits = [], []
    for corpus in (f"corpus {i}" for i in range(corpora)):
        text = np.floor(4e7 / np.arange(1, n + 1) ** 1.1 * rng.uniform(0.5, 2, n)).astype(int)
        for search, threshold in (("text", None), *((s, t) for s in ("image", "integrated") for t in (0.5, 0.6, 0.7))):
            frequency = text if threshold is None else (text * rng.uniform(0.2, 1, n) * (1 - threshold)).astype(int)
            rows = [ConceptCount(*pair) for pair in zip(names, frequency.tolist(), strict=True)]
            searches.append(SearchCounts(corpus, search, threshold, rows))
        fit = law_fit(names[:scored], text[:scored].tolist(), score.tolist())
        fits.append(replace(fit, item=replace(fit.item, corpus=corpus)))
    read = [CorpusRead(f"corpus {i}", "webdataset", 1_000, 0, 10**7, 10**12) for i in range(corpora)]
    return ReportData("big", None, read, searches=searches, fits=fits)
