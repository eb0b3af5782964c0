"""One concept, from the tables: its frequency, its rank, and the performance that the fits expect of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from math import log10
from typing import Any

import numpy as np
import pyarrow as pa

from jobs.analysis.search_words import above
from jobs.core.context import Context
from jobs.core.stage_specs import search_specs
from jobs.errors import ConceptfreqError
from jobs.results.all_sources import FREQUENCIES
from jobs.results.answers import OWN, Frequency
from jobs.results.fit_inputs import fit_inputs, under_first_protocol
from jobs.results.fitted import Fitted
from jobs.results.frequencies import frequencies
from jobs.results.published_counts import published_frequencies
from jobs.results.stored_fits import read_fits
from jobs.results.unlisted import count_unlisted

SEARCHES = ("text", "image", "integrated")
LOOKUP = pa.schema(
    [
        *FREQUENCIES,
        ("rank", pa.int64()),
        ("of", pa.int64()),
        ("model", pa.string()),
        ("prompt", pa.string()),
        ("performance", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Expectation:
    """The performance that a model's law expects of a concept of this frequency, with the line's 95 % interval."""

    model: str
    prompt: str
    performance: float
    low: float | None
    high: float | None

    def __str__(self) -> str:
        interval = "" if self.low is None else f" ({self.low:.3f} to {self.high:.3f})"
        return f"{self.model}, {self.prompt} prompts: {self.performance:.3f}{interval} expected"


@dataclass(frozen=True)
class Looked:
    """A concept under one search; rank 1 is the most frequent of the `of` concepts that the search can answer."""

    frequency: Frequency
    rank: int | None
    of: int
    expected: tuple[Expectation, ...]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Rows in the columns of LOOKUP: one per model with an expectation, or one row without a model."""
        common = {**asdict(self.frequency), "rank": self.rank, "of": self.of}
        return [{**common, **asdict(one)} for one in self.expected] or [common]

    def __str__(self) -> str:
        row = self.frequency
        search = above(row.search, row.threshold)
        if row.frequency is None:
            return f"{row.corpus}, {search}: unanswerable ({row.unanswerable}){_source(row)}"
        of_all = "samples" if row.samples is None else f"of {row.samples:,} samples"
        said = f"{row.corpus}, {search}: {row.frequency:,} {of_all}, rank {self.rank} of {self.of}{_source(row)}"
        return "; ".join([said, *map(str, self.expected)])


def _source(row: Frequency) -> str:
    """The source of a frequency, in brackets, if it is not an own count of a list."""
    parts = [part for part in (row.source if row.source != OWN else None, row.list and f"list {row.list}") if part]
    return f" ({', '.join(parts)})" if parts else ""


def look_up(context: Context, concept: str) -> list[Looked]:
    """A concept under every search of every corpus, own and published.

    A noun on no list is counted from the rows of the text stage. Raises ConceptfreqError if there is no answer.
    """
    settings, fits = context.settings, _fits(context)
    found = []
    for corpus in settings.corpora:
        for search in search_specs(settings, corpus, context.identities):
            found += list(_searched(frequencies(context, corpus, search), concept, fits))
    if not found:
        found = list(_unlisted(context, concept))
    found += _published(context, concept)
    if not found:
        raise ConceptfreqError(
            f"{settings.name}: the concept '{concept}' is on no list of the settings or of an import, and no corpus "
            "has an index of words to look it up in: add it to a list and run `conceptfreq run`"
        )
    return found


def _unlisted(context: Context, concept: str) -> Iterator[Looked]:
    for corpus in context.settings.corpora:
        own = count_unlisted(context, corpus, concept)
        if own is not None and own.frequency is not None:
            rows = frequencies(context, corpus, "text")
            others = [row.frequency for row in rows if row.frequency is not None]
            yield Looked(own, 1 + sum(other > own.frequency for other in others), len(others) + 1, ())


def _published(context: Context, concept: str) -> Iterator[Looked]:
    groups: dict[tuple[object, ...], list[Frequency]] = {}
    for row in published_frequencies(context):
        groups.setdefault((row.search, row.corpus, row.source, row.list, row.threshold), []).append(row)
    for rows in sorted(groups.values(), key=lambda rows: SEARCHES.index(rows[0].search)):
        yield from _searched(rows, concept, ())


def _fits(context: Context) -> list[Fitted]:
    """The fits under the first protocol, stored or made from stored rows; none if nothing is evaluated."""
    settings = context.settings
    if settings.fit is None or settings.evaluate is None:
        return []
    try:
        items = under_first_protocol(fit_inputs(context, settings.corpora))
    except ConceptfreqError:
        # Nothing is evaluated yet, or not all of it is counted: only the frequencies can be shown.
        return []
    stored, fits = read_fits(context.lake, settings.fit), []
    for item in items:
        try:
            fits.append(stored.find_or_fit(item))
        except ValueError:
            # The stage `fit` and the report name a fit that cannot be made.
            continue
    return fits


def _searched(rows: Sequence[Frequency], concept: str, fits: Sequence[Fitted]) -> Iterator[Looked]:
    for own in (row for row in rows if row.concept == concept):
        others = [row.frequency for row in rows if row.threshold == own.threshold and row.frequency is not None]
        if own.frequency is None:
            yield Looked(own, None, len(others), ())
            continue
        key = (own.corpus, own.search, own.threshold)
        same = [fit for fit in fits if (fit.item.corpus, fit.item.search, fit.item.threshold) == key]
        expected = tuple(_expect(fit, own.frequency) for fit in same)
        yield Looked(own, 1 + sum(other > own.frequency for other in others), len(others), expected)


def _expect(fit: Fitted, frequency: int) -> Expectation:
    low = high = None
    if (band := fit.band) is not None:
        x = log10(max(frequency, fit.law.protocol.zero_becomes))
        low, high = (float(np.interp(x, band.x, edge)) for edge in (band.low, band.high))
    return Expectation(fit.item.model, fit.item.prompt, fit.law.expected(frequency), low, high)
