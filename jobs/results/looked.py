"""What a lookup says of one concept under one search: as rows, and in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from jobs.analysis.search_words import above
from jobs.results.counts.all_sources import FREQUENCIES
from jobs.results.counts.answers import OWN, Frequency
from jobs.results.terms import AskedTerms

LOOKUP = pa.schema(
    [
        *FREQUENCIES,
        ("rank", pa.int64()),
        ("of", pa.int64()),
        ("model", pa.string()),
        ("prompt", pa.string()),
        ("metric", pa.string()),
        ("performance", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Expectation:
    """The performance that a model's law expects of a concept of this frequency, with its 95 % prediction interval.

    Of 20 concepts the interval holds the own scores of 19 (`jobs.analysis.prediction`).
    """

    model: str
    prompt: str
    metric: str
    performance: float
    low: float | None
    high: float | None

    def __str__(self) -> str:
        interval = "" if self.low is None else f", 95 % prediction interval {self.low:.3f} to {self.high:.3f}"
        told = f"{self.prompt} prompts" if self.prompt else self.metric
        return f"{self.model}, {told}: {self.performance:.3f} expected{interval}"


@dataclass(frozen=True)
class Looked:
    """A concept under one search; rank 1 is the most frequent of the `of` concepts that the search can answer.

    terms: what was asked, if somebody wants to know. hint: why the captions of a corpus have none of its words.
    """

    frequency: Frequency
    rank: int | None
    of: int
    expected: tuple[Expectation, ...]
    terms: AskedTerms | None = None
    hint: str | None = None

    @property
    def share(self) -> float:
        """The share of the searched samples that hold the concept; 0 if either number is not known."""
        return (self.frequency.frequency or 0) / self.frequency.samples if self.frequency.samples else 0.0

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
        ranked = f", rank {self.rank} of {self.of}" if self.of > 1 else ""
        said = f"{row.corpus}, {search}: {row.frequency:,} {of_all}{ranked}{_source(row)}"
        each = self.terms if isinstance(self.terms, tuple) else [self.terms] if self.terms else []
        asked = "".join(f"\n  asked for {one}" for one in each)
        return "; ".join([said, *([self.hint] if self.hint else []), *map(str, self.expected)]) + asked


def _source(row: Frequency) -> str:
    """The source of a frequency, in brackets, if it is not an own count of a list."""
    parts = [part for part in (row.source if row.source != OWN else None, row.list and f"list {row.list}") if part]
    return f" ({', '.join(parts)})" if parts else ""
