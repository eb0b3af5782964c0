"""Terms, tags and concepts to counts: per shard, then summed over finished shards.

Counting opens no shard and runs no model. A longer list or a new threshold makes the shards pending again under the
same spec, because neither changes the frequencies that were counted before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jobs.concepts.questions import Questions, questions
from jobs.concepts.tagger_labels import image_units
from jobs.core.context import Context
from jobs.core.stage_specs import captions_spec, images_spec, search_specs
from jobs.core.units import result_digest, sample_units
from jobs.core.waves import Plan
from jobs.core.written import Written
from jobs.errors import SettingsError, StageFailed
from jobs.lake import ledger
from jobs.lake.ledger import Outcome, Unit
from jobs.lake.specs import Spec, digest
from jobs.settings.corpora import Corpus
from jobs.stages.concept_counts import derive
from jobs.stages.shard_counts import Half, ShardCounts
from udfs.counting.searched import SEARCHED, searched
from udfs.statuses import OK

STAGE = "count"
# Samples of the first wave: half a minute of two cores; a commit takes two seconds of it.
FIRST_WAVE = 10_000_000


def specs(context: Context, corpus: Corpus) -> tuple[Spec, ...]:
    """The specs that decide the counts, one per search."""
    return tuple(search_specs(context.settings, corpus, context.identities).values())


def plan(context: Context, corpus: Corpus) -> Plan:
    """The shards with stored terms and tags, except those already counted with these concepts and thresholds."""
    by_search = search_specs(context.settings, corpus, context.identities)
    if not context.settings.concepts or not by_search:
        raise SettingsError(f"{context.settings.name}: counting needs 'concepts', and 'captions' or 'images.tagger'")
    halves = stored_halves(context, corpus)
    asked = questions(context, corpus)
    units = _units(context, corpus, halves, asked)
    unfinished = _unfinished(context, corpus.name, tuple(by_search.values()), units)
    return Plan(
        stage=STAGE,
        corpus=corpus.name,
        table="shard_counts",
        specs=tuple(by_search.values()),
        planned=units,
        pending=tuple(unit for unit in units if unit in unfinished),
        build=ShardCounts(context, corpus, halves, asked, by_search).of_wave,
        verify=lambda wave, written: _verify(wave, written, halves),
        first_wave=FIRST_WAVE,
    )


def sum_up(context: Context, corpus: Corpus, counting: Plan) -> list[str]:
    """Derive the totals of a corpus from the units of a plan that every search has counted."""
    left = _unfinished(context, counting.corpus, counting.specs, counting.planned)
    counted = [unit for unit in counting.planned if unit not in left]
    return ["concept_counts"] if derive(context, corpus, counted) else []


def _unfinished(context: Context, corpus: str, specs: Sequence[Spec], units: Sequence[Unit]) -> set[Unit]:
    left: set[Unit] = set()
    for spec in specs:
        left.update(ledger.pending(units, context.ledger.done(corpus, STAGE, spec.id)))
    return left


def stored_halves(context: Context, corpus: Corpus) -> dict[str, Half]:
    """The halves of the samples that the settings search, by search."""
    settings, halves = context.settings, {}
    if settings.captions:
        spec = captions_spec(settings, corpus, context.identities)
        done = _current(context, corpus, "captions", spec, sample_units(context, corpus))
        # Only a phrase needs the positions of nouns.
        columns = ("keys", "positions") if settings.captions.match == "phrase" else ("keys",)
        halves["text"] = Half("caption_terms", columns, spec, done)
    if settings.images and settings.images.tagger:
        spec = images_spec(settings, corpus, context.identities)
        done = _current(context, corpus, "images", spec, image_units(context, corpus))
        halves["image"] = Half("image_features", ("tags",), spec, done)
    return halves


def _current(
    context: Context, corpus: Corpus, stage: str, spec: Spec, units: Sequence[Unit]
) -> dict[str, dict[str, Any]]:
    """The ledger's rows of a stage that were made from the present input: nothing stale is counted."""
    done = context.ledger.done(corpus.name, stage, spec.id)
    stale = {unit.shard for unit in ledger.pending(units, done)}
    return {unit.shard: done[unit.shard] for unit in units if unit.shard not in stale}


def _units(context: Context, corpus: Corpus, halves: Mapping[str, Half], asked: Questions) -> tuple[Unit, ...]:
    units = []
    for unit in sample_units(context, corpus):
        if all(unit.shard in half.done for half in halves.values()):
            inputs = [result_digest(half.done[unit.shard]) for half in halves.values()]
            fingerprint = digest([unit.fingerprint, inputs, asked.digest])[:24]
            units.append(Unit(unit.shard, fingerprint, unit.work, unit.bytes, unit.samples))
    return tuple(units)


def _verify(wave: Sequence[Unit], written: Written, halves: Mapping[str, Half]) -> dict[Unit, Outcome]:
    """The outcomes of a wave. Raises StageFailed if not every usable sample was counted."""
    counted = written.through(searched, ("shard", "search", "measure", "samples"), SEARCHED)
    found: dict[tuple[str, str], set[int]] = {}
    for shard, search, samples in zip(*counted.to_pydict().values(), strict=True):
        found.setdefault((shard, search), set()).add(samples)
    for unit in wave:
        for search, half in halves.items():
            # The number is the same under every threshold. A count of 0 has no row.
            numbers, usable = found.get((unit.shard, search), {0}), half.usable(unit.shard)
            if numbers != {usable}:
                raise StageFailed(
                    f"shard {unit.shard}: {usable} samples have a usable {search} half, but "
                    f"{' or '.join(map(str, sorted(numbers)))} were counted, so it is not recorded as done: start the "
                    "same command again, and report it if this repeats"
                )
    return {unit: Outcome(unit.samples or 0, {OK: unit.samples or 0}) for unit in wave}
