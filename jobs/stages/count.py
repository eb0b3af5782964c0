"""Postings and concepts to counts: per shard, then summed over finished shards.

Counting opens no shard and runs no model. A longer list or a new threshold makes the shards pending again under the
same spec, because neither changes the frequencies that were counted before. Of a longer list only the new concepts are
counted (`jobs.stages.longer_lists`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jobs.concepts.questions import questions
from jobs.core.context import Context
from jobs.core.stage_specs import index_specs, search_specs
from jobs.core.units import unfinished
from jobs.core.waves import Plan
from jobs.core.written import Written
from jobs.errors import SettingsError, StageFailed
from jobs.lake.ledger import Outcome, Unit
from jobs.lake.specs import Spec
from jobs.settings.corpora import Corpus
from jobs.stages.concept_counts import derive
from jobs.stages.halves import Half, current, indexed_units, stored_halves, units_of
from jobs.stages.longer_lists import longer_lists
from jobs.stages.shard_counts import ShardCounts
from udfs.counting.searched import SEARCHED, searched
from udfs.statuses import OK

STAGE = "count"
# Samples of the first wave: half a minute of two cores; a commit takes two seconds of it.
FIRST_WAVE = 10_000_000


def specs(context: Context, corpus: Corpus) -> tuple[Spec, ...]:
    """The specs that decide the counts, one per search."""
    return tuple(search_specs(context.settings, corpus, context.identities).values())


def plan(context: Context, corpus: Corpus) -> Plan:
    """The shards with postings, except those already counted with these concepts and thresholds."""
    by_search = search_specs(context.settings, corpus, context.identities)
    if not context.settings.concepts or not by_search:
        raise SettingsError(f"{context.settings.name}: counting needs 'concepts', and 'captions' or 'images.tagger'")
    halves = stored_halves(context, corpus)
    asked, inputs, searched_under = questions(context, corpus), _inputs(context, corpus, halves), [*by_search.values()]
    units = units_of(context, corpus, inputs, asked.digest)
    pending = unfinished(context, corpus.name, STAGE, searched_under, units)
    longer = longer_lists(context, corpus, asked, inputs, searched_under, pending)
    counts = ShardCounts(context, corpus, halves, asked, by_search, longer)
    return Plan(
        stage=STAGE,
        corpus=corpus.name,
        table="shard_counts",
        specs=tuple(searched_under),
        planned=units,
        pending=pending,
        build=counts.of_wave,
        verify=lambda wave, written: _verify(wave, written, halves),
        first_wave=FIRST_WAVE,
        fits=counts.fit_driver,
    )


def sum_up(context: Context, corpus: Corpus, counting: Plan) -> list[str]:
    """Derive the totals of a corpus from the units of a plan that every search has counted."""
    left = set(unfinished(context, counting.corpus, STAGE, counting.specs, counting.planned))
    counted = [unit for unit in counting.planned if unit not in left]
    return ["concept_counts"] if derive(context, corpus, counted) else []


def _inputs(context: Context, corpus: Corpus, halves: Mapping[str, Half]) -> list[Mapping[str, Mapping[str, Any]]]:
    """The ledger's rows of what is counted: indexed halves, or captions that no index holds."""
    indexed = index_specs(context.settings, corpus, context.identities)
    units = indexed_units(context, corpus, halves)
    inputs: list[Mapping[str, Mapping[str, Any]]] = [
        current(context, corpus, "index", spec, units) for spec in indexed.values()
    ]
    return inputs + [half.done for search, half in halves.items() if search not in indexed]


def _verify(wave: Sequence[Unit], written: Written, halves: Mapping[str, Half]) -> dict[Unit, Outcome]:
    """The outcomes of a wave. Raises StageFailed if not every usable sample was counted."""
    counted = written.through(searched, ("shard", "search", "samples"), SEARCHED)
    found: dict[tuple[str, str], set[int]] = {}
    for shard, search, samples in zip(*counted.to_pydict().values(), strict=True):
        found.setdefault((shard, search), set()).add(samples)
    for unit in wave:
        for search, half in halves.items():
            # The number is the same under every threshold. A shard without any usable half has no row.
            numbers, usable = found.get((unit.shard, search), {0}), half.usable(unit.shard)
            if numbers != {usable}:
                raise StageFailed(
                    f"shard {unit.shard}: {usable} samples have a usable {search} half, but "
                    f"{' or '.join(map(str, sorted(numbers)))} were counted, so it is not recorded as done: start the "
                    "same command again, and report it if this repeats"
                )
    return {unit: Outcome(unit.samples or 0, {OK: unit.samples or 0}) for unit in wave}
