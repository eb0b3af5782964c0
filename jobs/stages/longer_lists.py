"""Lists that have only become longer: counts under shorter ones stay, and new concepts are counted beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from jobs.concepts.questions import Questions, counted_questions, with_digest
from jobs.core.context import Context
from jobs.core.written import Written
from jobs.lake.ledger import Unit
from jobs.lake.specs import Spec
from jobs.settings.corpora import Corpus
from jobs.stages.halves import units_of
from udfs.counting.bitmaps import without_bitmap
from udfs.tallies import NAMES


@dataclass(frozen=True)
class Longer:
    """The concepts that the lists have gained, ascending, and the shards that were counted with all others."""

    concepts: tuple[str, ...] = ()
    shards: frozenset[str] = frozenset()


def longer_lists(
    context: Context,
    corpus: Corpus,
    asked: Questions,
    inputs: Sequence[Mapping[str, Mapping[str, Any]]],
    specs: Sequence[Spec],
    pending: Sequence[Unit],
) -> Longer:
    """What the lists have gained since the lake's concepts were last counted, and the pending shards that lack no more.

    Their stored rows (`inputs`, the ledger's rows by shard) are those that were counted. Nothing is gained if a concept
    has left, is defined otherwise, or has joined the run's own from another list, or if a threshold is another one.
    """
    if not pending:
        return Longer()
    before = counted_questions(context)
    gained = asked.concepts.keys() - before.concepts.keys()
    if not gained or not before.concepts or not _has_only_grown(before, asked, gained):
        return Longer()
    digest = with_digest(context, corpus, before).digest
    wanted = {unit.shard for unit in pending}
    units = [unit for unit in units_of(context, corpus, inputs, digest) if unit.shard in wanted]
    for spec in specs:
        stale = set(context.ledger.pending(units, corpus.name, "count", spec.id))
        units = [unit for unit in units if unit not in stale]
    return Longer(tuple(sorted(gained)), _with_bitmaps(context, corpus, specs, units))


def _has_only_grown(before: Questions, asked: Questions, gained: Set[str]) -> bool:
    if not before.concepts.keys() <= asked.concepts.keys() or not before.run_concepts <= asked.run_concepts:
        return False
    # A new concept may lie below one that rolls up.
    defined = before.definitions.keys() | asked.definitions.keys() - gained
    same = all(before.definitions.get(one) == asked.definitions.get(one) for one in defined)
    return same and asked.run_concepts - before.run_concepts <= gained


def _with_bitmaps(context: Context, corpus: Corpus, specs: Sequence[Spec], units: Sequence[Unit]) -> frozenset[str]:
    """The units' shards whose counts say which samples were found; those of releases before schema version 7 do not."""
    if not units:
        return frozenset()
    partitions = {"corpus": corpus.name, "spec": [spec.id for spec in specs]}
    written = Written.of(context.lake, "shard_counts", partitions, units)
    absent = written.through(without_bitmap, ("shard", "found_samples"), NAMES)
    return frozenset(unit.shard for unit in units) - set(absent["shard"].to_pylist())
