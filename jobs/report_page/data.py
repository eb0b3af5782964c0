"""The content of a report, as plain values in the field's terms; the reader of the tables fills them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from jobs.analysis.search_words import above
from jobs.results.corpora.corpus_traits import CorpusTraits
from jobs.results.counts.answers import Misaligned
from jobs.results.fits.beside_similarity import SimilarityOfFit
from jobs.results.fits.fitted import Fitted
from jobs.results.samples.card_parts import CardParts
from jobs.results.samples.companions import Companions
from jobs.results.samples.strips import SampleStrips
from udfs import statuses as known

LISTED = 20


@dataclass(frozen=True)
class CorpusRead:
    """Numbers of shards, samples and bytes read of one corpus."""

    corpus: str
    format: str
    shards: int
    shards_failed: int
    samples: int
    bytes: int


@dataclass(frozen=True)
class Example:
    """One sample with a status: its place, the detail of the status, and its caption."""

    shard: str
    sample: str
    detail: str | None = None
    caption: str | None = None


@dataclass(frozen=True)
class StageOutcome:
    """One stage of one corpus; its input is the sum over its statuses."""

    corpus: str
    stage: str
    input: int
    statuses: Mapping[str, int]
    examples: Mapping[str, Example] = field(default_factory=dict)

    @property
    def usable(self) -> int:
        """Samples that the stage's search uses."""
        return sum(self.statuses.get(status, 0) for status in known.USABLE)

    @property
    def others(self) -> list[tuple[str, int]]:
        """Statuses other than ok, the most frequent first."""
        rest = [(status, count) for status, count in self.statuses.items() if status != known.OK and count]
        return sorted(rest, key=lambda pair: (-pair[1], pair[0]))


@dataclass(frozen=True)
class Work:
    """What a stage has cost a corpus: seconds of one core by phase, over the samples of all shards that are done."""

    corpus: str
    stage: str
    samples: int
    seconds: Mapping[str, float]

    @property
    def total(self) -> float:
        """Seconds of all phases."""
        return sum(self.seconds.values())

    @property
    def phases(self) -> list[tuple[str, float]]:
        """Phases that took any time, the longest first."""
        return sorted(((name, spent) for name, spent in self.seconds.items() if spent > 0), key=lambda one: -one[1])


@dataclass(frozen=True)
class ConceptCount:
    """A concept's frequency, or None and the reason why this search cannot answer it."""

    name: str
    frequency: int | None
    unanswerable: str | None = None


@dataclass(frozen=True)
class SearchCounts:
    """One search of one corpus; threshold None for text."""

    corpus: str
    search: str
    threshold: float | None
    concepts: Sequence[ConceptCount]

    @property
    def label(self) -> str:
        """`text search`, or `image search above 0.7`."""
        return above(f"{self.search} search", self.threshold)

    @cached_property
    def ranked(self) -> list[tuple[str, int]]:
        """Answerable concepts, the most frequent first, equal ones by name."""
        known = [(concept.name, concept.frequency) for concept in self.concepts if concept.frequency is not None]
        return sorted(known, key=lambda pair: (-pair[1], pair[0]))

    @cached_property
    def found(self) -> list[tuple[str, int]]:
        """Ranked concepts that occur at least once."""
        return [pair for pair in self.ranked if pair[1] > 0]

    @cached_property
    def never(self) -> list[str]:
        """Names of the concepts with frequency 0."""
        return [name for name, frequency in self.ranked if frequency == 0]

    @property
    def most(self) -> list[tuple[str, int]]:
        """The most frequent of the concepts found."""
        return self.found[:LISTED]

    @cached_property
    def reasons(self) -> list[tuple[str, list[str]]]:
        """The reasons why concepts cannot be answered, with their names; the commonest reason first."""
        names: dict[str, list[str]] = {}
        for concept in self.concepts:
            if concept.frequency is None:
                names.setdefault(concept.unanswerable or "no reason given", []).append(concept.name)
        return sorted(names.items(), key=lambda pair: (-len(pair[1]), pair[0]))


@dataclass(frozen=True)
class Flag:
    """A finding of the audit: its kind, and the reason in words. A whole list or several searches name no concept."""

    corpus: str | None
    search: str | None
    threshold: float | None
    concept: str | None
    kind: str
    reason: str


@dataclass(frozen=True)
class Refusal:
    """A fit that could not be made, and why."""

    what: str
    why: str


@dataclass(frozen=True)
class Provenance:
    """A block of names and values: a spec, the settings, versions of tables and programs."""

    title: str
    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class ReportData:
    """The whole content of the page. `counted` is the time of the newest count of a shard, in words, or None.

    companions: by corpus and search in words. unaudited: why there was no audit, if there was none.
    """

    name: str
    counted: str | None
    corpora: Sequence[CorpusRead]
    traits: Sequence[CorpusTraits] = ()
    stages: Sequence[StageOutcome] = ()
    work: Sequence[Work] = ()
    searches: Sequence[SearchCounts] = ()
    parts: CardParts = CardParts()
    companions: Mapping[str, Companions] = field(default_factory=dict)
    strips: SampleStrips = SampleStrips()
    flags: Sequence[Flag] = ()
    unaudited: str | None = None
    misaligned: Sequence[Misaligned] = ()
    fits: Sequence[Fitted] = ()
    refusals: Sequence[Refusal] = ()
    provenance: Sequence[Provenance] = ()
    similarity: Sequence[SimilarityOfFit] = ()
