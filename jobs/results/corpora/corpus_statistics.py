"""What a corpus is like before anybody asks it for a concept: its languages, domains, sizes, repeats, commonest words.

All of it is read from tables that a run has written. What they do not hold is said, with what to set and to run.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from jobs.core.context import Context
from jobs.core.stage_specs import samples_spec
from jobs.core.units import sample_units
from jobs.lake import ledger
from jobs.results.corpora.decoded_images import decoded_counts
from jobs.results.corpora.keyless_captions import KeylessCaptions, keyless_captions
from jobs.results.corpora.repeated_values import RepeatedValues, repeats
from jobs.results.corpora.value_counts import NotKnown, ValueCounts, attribute_counts, key_counts
from jobs.settings.corpora import Corpus
from udfs.statuses import OK


@dataclass(frozen=True)
class CorpusStatistics:
    """A corpus as the lake has it; `unknown` says what is not known, and how to come to know it.

    shards: those that were read; `failed` could not be. rejects: samples by status, the commonest first.
    """

    corpus: str
    shards: int
    failed: int
    bytes: int
    samples: int
    usable: int
    rejects: tuple[tuple[str, int], ...]
    value_counts: tuple[ValueCounts, ...]
    keyless: KeylessCaptions | None
    repeated: tuple[RepeatedValues, ...]
    unknown: tuple[str, ...]


def corpus_statistics(context: Context, corpus: Corpus, most: int) -> CorpusStatistics:
    """The statistics of a corpus, with at most `most` languages, domains, nouns and tags."""
    rows = context.ledger.rows(corpus.name, "ingest", samples_spec(corpus).id).values()
    done = [row for row in rows if row["state"] == ledger.DONE]
    statuses: Counter[str] = Counter()
    for row in done:
        statuses.update(row["statuses"])
    units = sample_units(context, corpus)
    found = [
        *attribute_counts(context, corpus, units, most),
        *decoded_counts(context, corpus, units),
        *key_counts(context, corpus, units, most),
        *repeats(context, corpus, units),
    ]
    return CorpusStatistics(
        corpus=corpus.name,
        shards=len(done),
        failed=len(rows) - len(done),
        bytes=sum(row["bytes"] or 0 for row in done),
        samples=sum(statuses.values()),
        usable=statuses[OK],
        rejects=tuple((status, count) for status, count in statuses.most_common() if status != OK),
        value_counts=tuple(one for one in found if isinstance(one, ValueCounts)),
        keyless=keyless_captions(context, corpus, units),
        repeated=tuple(one for one in found if isinstance(one, RepeatedValues)),
        unknown=tuple(one.said for one in found if isinstance(one, NotKnown)),
    )
