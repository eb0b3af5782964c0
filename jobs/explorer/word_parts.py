"""The parts of a word's page that come when they are reached: its laws, its plan, its company and its samples."""

from __future__ import annotations

from typing import Any, Final

from jobs.errors import ConceptfreqError
from jobs.explorer.answers import Shelf
from jobs.explorer.asked import BadRequest, PageQuery
from jobs.explorer.kept import OF_ROW, look_up, sample_pages, size_of_rows
from jobs.explorer.law_chart import law_chart
from jobs.explorer.page_values import Page
from jobs.results.fits.fitted import Fitted
from jobs.results.looked import Looked
from jobs.settings.settings import Settings

# Samples that come at a time.
SAMPLES: Final = 24
GAIN: Final = 5.0  # points
# Fits whose table is open.
FEW: Final = 4


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
    return Page("together.html.j2", {**values, **choices(shelf.snapshot.settings)})


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
    return Page("samples.html.j2", {**values, **choices(shelf.snapshot.settings)})


def choices(settings: Settings) -> dict[str, Any]:
    """What a question about samples can choose."""
    tagger = settings.images.tagger if settings.images else None
    searches = [*settings.searches, *(["integrated"] if len(settings.searches) > 1 else [])]
    thresholds = tagger.thresholds if tagger else ()
    return {"corpora": [one.name for one in settings.corpora], "searches": searches, "thresholds": thresholds}
