"""What each page shows: a question in, the name of a template and its values out. All answers are the snapshot's."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from jobs.errors import ConceptfreqError
from jobs.explorer.answers import Shelf
from jobs.explorer.asked import BadRequest, PageQuery, SampleQuestion
from jobs.explorer.law_chart import law_chart
from jobs.explorer.thumbnails import thumbnail
from jobs.results.counts.answers import Frequency
from jobs.results.counts.rankings import Ranking
from jobs.results.fits.fitted import Fitted
from jobs.results.looked import Looked
from jobs.results.samples.leafing import SamplePages
from jobs.results.samples.webdataset import SampleRow
from jobs.results.snapshot import SampleKey
from jobs.results.text_and_image import text_against_image
from udfs.shards.image_reads import UnreadImage

log = logging.getLogger(__name__)

# Concepts on one page of a list, samples that come at a time, names that are offered while somebody types.
CONCEPTS: Final = 50
SAMPLES: Final = 24
OFFERED: Final = 12
# How a list is ordered: the column and its direction.
ORDERS: Final = {"most": "the most frequent first", "least": "the least frequent first", "name": "by name"}
# Rough sizes in memory, for the bounds of what is kept (bytes).
OF_ROW: Final = 1_000
OF_NAME: Final = 80
GAIN: Final = 5.0  # points
# Fits whose table is open.
FEW: Final = 4


@dataclass(frozen=True)
class Page:
    """A template and its values."""

    template: str
    values: Mapping[str, Any]


def home(shelf: Shelf, asked: PageQuery) -> Page:
    """What the lake holds: its corpora, what was counted in them, and the commonest concepts of each search."""
    snapshot = shelf.snapshot
    rankings = shelf.kept(("home",), lambda: commonest(snapshot.rankings()), lambda rows: OF_ROW * len(rows) * OFFERED)
    values = {"corpora": snapshot.corpora(), "rankings": rankings, "names": len(snapshot.names())}
    return Page("home.html.j2", {**values, "fits": snapshot.fits()})


def commonest(rankings: Sequence[Ranking]) -> list[tuple[Ranking, list[Frequency]]]:
    """Each ranking with its commonest concepts."""
    return [(one, one.ordered("most", None, 0, OFFERED)) for one in rankings]


def concepts(shelf: Shelf, asked: PageQuery) -> Page:
    """The concepts of one ranking, a page at a time."""
    rankings = shelf.snapshot.rankings()
    if not rankings:
        raise ConceptfreqError("nothing is counted or imported yet: run `conceptfreq run`")
    place, start = asked.whole("ranking", 0), asked.whole("start", 0)
    if place >= len(rankings):
        raise BadRequest(f"ranking: there are {len(rankings)}, from 0")
    order, like = asked.one_of("order", ORDERS, "most"), asked.text("like")
    found = rankings[place].ordered(order, like, start, CONCEPTS)
    values = {"rankings": rankings, "place": place, "order": order, "orders": ORDERS, "like": like}
    return Page("concepts.html.j2", {**values, "found": found, "start": start, "step": CONCEPTS})


def offered(shelf: Shelf, asked: PageQuery) -> list[str]:
    """Names for what somebody types."""
    text = asked.text("text")
    return shelf.snapshot.names().like(text, OFFERED) if text else []


def concept(shelf: Shelf, asked: PageQuery) -> Page:
    """A word under every search, and where the rest of its page comes from."""
    name = asked.name()
    looked = look_up(shelf, name)
    both = list(text_against_image([one.frequency for one in looked]))
    question = asked.samples(shelf.snapshot.settings.searches)
    values = {"name": name, "looked": looked, "both": both, "question": question}
    return Page("concept.html.j2", {**values, "has_law": any(one.expected for one in looked), **choices(shelf)})


def look_up(shelf: Shelf, name: str) -> list[Looked]:
    """A word under every search."""
    return shelf.kept(("word", name), lambda: shelf.snapshot.look_up(name), lambda rows: OF_ROW * len(rows))


def choices(shelf: Shelf) -> dict[str, Any]:
    """What a question about samples can choose."""
    settings = shelf.snapshot.settings
    tagger = settings.images.tagger if settings.images else None
    searches = [*settings.searches, *(["integrated"] if len(settings.searches) > 1 else [])]
    thresholds = tagger.thresholds if tagger else ()
    return {"corpora": [one.name for one in settings.corpora], "searches": searches, "thresholds": thresholds}


def law(shelf: Shelf, asked: PageQuery) -> Page:
    """Where a word stands on each law, and the chart of one."""
    name = asked.name()
    placed, chosen = laws_of(shelf, asked, name)
    rows = [(place, fit, one, measured(fit, name)) for place, (fit, one) in placed.items()]
    fit, one = placed.get(chosen, (None, None))
    chart = law_chart(fit, name, one.frequency.frequency) if fit and one else None
    intervals = any(expected.low is not None for _, _, one, _ in rows for expected in one.expected)
    values = {"name": name, "rows": rows, "chosen": chosen, "chart": chart, "intervals": intervals, "few": FEW}
    return Page("law.html.j2", values)


def laws_of(shelf: Shelf, asked: PageQuery, name: str) -> tuple[dict[int, tuple[Fitted, Looked]], int]:
    """The fits whose search has counted a word, by place, each with the count; and the place that is asked for."""
    own = {(one.frequency.corpus, one.frequency.search, one.frequency.threshold): one for one in look_up(shelf, name)}
    placed = {}
    for place, fit in enumerate(shelf.snapshot.fits()):
        one = own.get((fit.item.corpus, fit.item.search, fit.item.threshold))
        if one and one.frequency.frequency is not None:
            placed[place] = fit, one
    chosen = asked.whole("fit", min(placed, default=0))
    if placed and chosen not in placed:
        raise BadRequest("fit: there is no such fit of this word")
    return placed, chosen


def measured(fit: Fitted, name: str) -> list[tuple[str, float]]:
    """The scores of a concept in a fit, each with its set."""
    columns = zip(fit.item.names, fit.item.set_of, fit.item.score, strict=True)
    return [(of, score) for one, of, score in columns if one == name]


def plan(shelf: Shelf, asked: PageQuery) -> Page:
    """What a concept would need for a better score by one fit: so many points more, or a score of so much."""
    name, gain, target = asked.name(), asked.number("gain"), asked.number("target")
    if gain is None and target is None:
        gain = GAIN
    if gain is not None and not 0 < gain <= 100:
        raise BadRequest("gain: points of a hundred, above 0 and up to 100")
    if target is not None and not 0 <= target <= 1:
        raise BadRequest("target: a share from 0 to 1")
    placed, chosen = laws_of(shelf, asked, name)
    wanted = (target, None) if target is not None else (None, (gain or 0) / 100)
    rows = shelf.snapshot.plan(placed[chosen][0], name, *wanted) if placed else []
    fits = {place: fit for place, (fit, _) in placed.items()}
    values = {"name": name, "rows": rows, "gain": gain, "target": target, "fits": fits, "chosen": chosen}
    return Page("plan.html.j2", values)


def together(shelf: Shelf, asked: PageQuery) -> Page:
    """The concepts that occur with a word."""
    snapshot = shelf.snapshot
    question = asked.samples(snapshot.settings.searches)
    corpora = snapshot.settings.chosen(question.corpus)[:1]
    if not corpora:
        raise ConceptfreqError("pairs are counted in samples, and the settings name no corpus")
    key = question.name, question.search, question.threshold, corpora[0].name
    rows = shelf.kept(("together", *key), lambda: snapshot.together(*key), lambda rows: OF_ROW * len(rows))
    values = {"name": question.name, "question": question, "corpus": corpora[0].name, "rows": rows}
    return Page("together.html.j2", {**values, **choices(shelf)})


def samples(shelf: Shelf, asked: PageQuery) -> Page:
    """A few of the samples that hold a word, and where the next ones are."""
    question, start = asked.samples(shelf.snapshot.settings.searches), asked.whole("start", 0)
    pages = sample_pages(shelf, question)
    rows = shelf.kept(
        ("rows", question, start), lambda: shelf.snapshot.page(pages, start, start + SAMPLES), size_of_rows
    )
    for row in rows:
        shelf.keep(("sample", row["corpus"], row["shard"], row["ordinal"]), [row], size_of_rows([row]))
    end = min(start + SAMPLES, len(pages))
    values = {"question": question, "pages": pages, "rows": rows, "start": start, "end": end}
    return Page("samples.html.j2", {**values, **choices(shelf)})


def sample_pages(shelf: Shelf, question: SampleQuestion) -> SamplePages:
    """The samples of a question, in the order of their draw."""
    of = vars(question)
    asked_for = (of["name"], of["search"], of["threshold"], of["corpus"], of["without"], of["seed"])
    return shelf.kept(("pages", question), lambda: shelf.snapshot.sample_pages(*asked_for), size_of_pages)


def size_of_pages(pages: SamplePages) -> int:
    """Bytes, roughly: numbers, and the names of shards."""
    names = sum(len(name) + OF_NAME for one in pages.holders for name in one.shards)
    return OF_ROW + names + 32 * len(pages)


def size_of_rows(rows: Sequence[SampleRow]) -> int:
    """Bytes, roughly."""
    return OF_ROW + sum(OF_ROW + len(row["caption"] or "") + len(row["url"] or "") for row in rows)


def compare(shelf: Shelf, asked: PageQuery) -> Page:
    """Several words beside one another, under every search of every corpus."""
    names = asked.names()
    found: dict[str, list[Looked]] = {}
    troubles: dict[str, str] = {}
    for name in names:
        try:
            found[name] = look_up(shelf, name)
        except ConceptfreqError as error:
            troubles[name] = str(error)
    lines: dict[tuple[object, ...], dict[str, Looked]] = {}
    for name, looked in found.items():
        for one in looked:
            row = one.frequency
            source = row.source.partition(",")[0]
            lines.setdefault((row.corpus, row.search, row.threshold, source, row.list), {})[name] = one
    return Page("compare.html.j2", {"names": names, "lines": lines, "troubles": troubles, "typed": ""})


def picture(shelf: Shelf, key: SampleKey) -> bytes:
    """The thumbnail of a sample; empty if the lake has no such sample, or its image cannot be shown."""
    rows = shelf.kept(("sample", *key), lambda: shelf.snapshot.samples([key]), size_of_rows)
    for _, content in shelf.snapshot.images(rows):
        if not isinstance(content, UnreadImage):
            try:
                return thumbnail(content)
            except ValueError as reason:
                log.info("%s: %s", " ".join(map(str, key)), reason)
    return b""
