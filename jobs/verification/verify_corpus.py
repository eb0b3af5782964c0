"""Verifies a corpus: draws samples, reads stored rows and shards again a few shards at a time, compares and counts."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from jobs.analysis.proportions import ProportionBounds, clopper_pearson
from jobs.concepts.questions import questions, tag_labels
from jobs.concepts.stored_queries import listed_queries
from jobs.concepts.tagger_labels import tagger_labels
from jobs.core.context import Context
from jobs.core.pace import Words
from jobs.core.progress import Progress
from jobs.core.sections import tagger_config
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Settings
from jobs.settings.text_search import Captions
from jobs.verification.differences import AGREES, DIFFERS, TOLERATED, Asked, Verdict, compare
from jobs.verification.finished import Finished, finished
from jobs.verification.reference import image_reference, text_reference
from jobs.verification.rereading import References, read_again
from jobs.verification.sample_views import SampleView
from jobs.verification.sampling import draw
from jobs.verification.stored_samples import stored
from udfs.counting.matching import make_matcher
from udfs.text.query_columns import as_queries

log = logging.getLogger(__name__)

CHECKS = ("read", "nouns", "tags", "text", "image", "integrated")
# The shards whose stored rows are read together: a table is opened once for them, and few unneeded rows are read.
TOGETHER = 32
# The differences that are kept per check and threshold; further ones are only counted.
SHOWN = 5


@dataclass(frozen=True)
class Difference:
    """A sample that differs in one check: its stored and its found result."""

    corpus: str
    shard: str
    sample: str
    check: str
    threshold: float | None
    stored: str
    found: str


@dataclass
class Agreement:
    """How often one check agreed over the samples that it compared; `gap` is the largest difference of a score."""

    corpus: str
    check: str
    threshold: float | None
    outcomes: dict[str, int] = field(default_factory=lambda: {AGREES: 0, TOLERATED: 0, DIFFERS: 0})
    gap: float | None = None

    @property
    def samples(self) -> int:
        """The number of samples that were compared."""
        return sum(self.outcomes.values())

    @property
    def share(self) -> float:
        """The share of samples that agree; a tolerated difference does not count as agreement."""
        return self.outcomes[AGREES] / self.samples

    @property
    def bounds(self) -> ProportionBounds:
        """The bounds, at 95 %, of the share over all samples that could have been drawn."""
        return clopper_pearson(self.outcomes[AGREES], self.samples)

    def add(self, verdict: Verdict) -> None:
        """Count one sample."""
        self.outcomes[verdict.outcome] += 1
        if verdict.gap is not None:
            self.gap = max(verdict.gap, self.gap or 0.0)


@dataclass
class Verified:
    """The result for a corpus: the number of samples compared, agreement by check, and some of the differences."""

    done: Finished
    samples: int = 0
    agreements: dict[tuple[str, float | None], Agreement] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    @property
    def table(self) -> list[Agreement]:
        """Agreements in the order of CHECKS, thresholds ascending."""
        return sorted(self.agreements.values(), key=lambda one: (CHECKS.index(one.check), one.threshold or 0))

    @property
    def differ(self) -> int:
        """The number of differences over all checks."""
        return sum(one.outcomes[DIFFERS] for one in self.agreements.values())

    def add(self, shard: str, kept: SampleView, found: SampleView, asked: Asked) -> None:
        """Compare a sample and count the verdicts."""
        self.samples += 1
        row = kept.read or found.read or {}
        for verdict in compare(kept, found, asked):
            at = verdict.check, verdict.threshold
            agreement = self.agreements.setdefault(at, Agreement(self.done.corpus.name, *at))
            agreement.add(verdict)
            if verdict.outcome == DIFFERS and agreement.outcomes[DIFFERS] <= SHOWN:
                self.differences.append(
                    Difference(self.done.corpus.name, shard, row.get("sample", ""), *at, verdict.stored, verdict.found)
                )


def verify(context: Context, corpus: Corpus, number: int, seed: int) -> Verified:
    """Compare `number` samples of a corpus's finished shards, or all if there are not more; a seed gives the same ones.

    Raises SpecChanged if the lake has results only under other settings, ConceptfreqError if there are none, or if a
    shard cannot be read.
    """
    done = finished(context, corpus)
    if done.others:
        log.warning("verify %s: %d shards are left out: not done, or changed since", corpus.name, done.others)
    asked, references = _asked(context, corpus), _references(context.settings)
    drawn = draw(done.samples, number, f"{seed} {corpus.name}")
    result = Verified(done)
    with Progress("verify", corpus.name, len(drawn), Words(counted="differences")) as progress:
        for some in _together(drawn):
            kept = stored(context.lake, done, some)
            for shard, ordinals in some.items():
                here = {ordinal: kept[shard, ordinal] for ordinal in ordinals}
                found = read_again(done, shard, ordinals, references, here)
                for ordinal, seen in here.items():
                    result.add(shard, seen, found.get(ordinal, SampleView()), asked)
                progress.advance(1, result.samples, result.differ)
    return result


def _together(drawn: Mapping[str, Sequence[int]]) -> Iterator[dict[str, Sequence[int]]]:
    shards = iter(drawn.items())
    while some := dict(islice(shards, TOGETHER)):
        yield some


def _asked(context: Context, corpus: Corpus) -> Asked:
    """The questions of the run, as for counting; none if the settings name no concepts.

    Each name of a definition is compared by itself: what is combined from equal sets is equal.
    """
    settings = context.settings
    asked = questions(context, corpus)
    columns = listed_queries(context, corpus, asked.names)
    queries = {} if columns is None else {query.concept: query for query in as_queries(columns)}
    captions = settings.captions or Captions()
    tagger = settings.images.tagger if settings.images else None
    return Asked(
        queries=queries,
        matcher=make_matcher(tuple(queries.values()), captions.match, captions.ignore_case),
        captions=captions,
        labels=tag_labels(settings, asked),
        thresholds=asked.thresholds,
        floor=tagger.floor if tagger else 0.0,
        score_type=tagger.score_type if tagger else "float32",
    )


def _references(settings: Settings) -> References:
    text = text_reference(settings.captions) if settings.captions else None
    images = settings.images
    if images is None or images.tagger is None:
        return References(text, None)
    if images.annotations is not None:
        from udfs.images.models.taggers.annotations import field_of

        return References(text, None, field_of(tagger_config(images)))
    return References(text, image_reference(images, tagger_labels(images, settings)))
