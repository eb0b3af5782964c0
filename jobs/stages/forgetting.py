"""Removes shards from a lake: from every table under every spec, and from the ledger; totals are derived again.

First the ledger has no stage of the shards as done any more, so that nothing counts them, and a mark stays in it. Then
their rows are removed, then the totals that included them, and the mark last. If this is killed anywhere and started
again, the result is the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from jobs.core import shard_names
from jobs.core.context import Context
from jobs.core.stage_specs import search_specs
from jobs.lake import ledger_names
from jobs.lake.lease import sole_driver
from jobs.lake.ledger import TOTALS
from jobs.lake.ledger_names import READ
from jobs.settings.corpora import Corpus
from jobs.stages import count
from jobs.stages.registry import shard_stages

COUNTS = "concept_counts"


def known_shards(context: Context, corpus: Corpus) -> set[str]:
    """The shards of a corpus that the lake knows, under any spec, read or failed."""
    return set(context.lake.table("shards", ["shard"], corpus=corpus.name, stage=READ)["shard"].to_pylist())


def unlisted_shards(context: Context, corpus: Corpus) -> list[str]:
    """The known shards that are no longer listed.

    Raises SettingsError if no shard is listed: a disk may not be mounted.
    """
    return sorted(known_shards(context, corpus) - {shard.name for shard in context.listings.of(corpus).shards})


def forget(context: Context, corpus: Corpus, shards: Sequence[str]) -> dict[str, int]:
    """Forget shards of a corpus; returns the number of removed rows by table.

    Raises LeaseHeld if another run works on one of these stages of the corpus, or on S3 anywhere on the lake.
    """
    with sole_driver(context.lake, context.settings.lease_seconds):
        return _forget(context, corpus, shards)


def _forget(context: Context, corpus: Corpus, shards: Sequence[str]) -> dict[str, int]:
    stages = [stage.name for stage in shard_stages()]
    with shard_names.sole_writer(context, corpus.name, (*stages, TOTALS)) as still_mine:
        still_mine()
        ledger_names.retire(context.lake, corpus.name, stages, shards)
        removed = shard_names.remove(context.lake, corpus.name, shards, still_mine)
        still_mine()
        derived = _derived(context, corpus)
        _drop_totals(context, corpus, derived)
    if derived:
        count.sum_up(context, corpus, count.plan(context, corpus))
    with shard_names.sole_writer(context, corpus.name, [READ]):
        ledger_names.drop(context.lake, corpus.name, shards)
    return removed


def _specs_with_totals(context: Context, corpus: Corpus) -> set[str]:
    return set(context.lake.table("shards", ["spec"], corpus=corpus.name, stage=TOTALS)["spec"].to_pylist())


def _derived(context: Context, corpus: Corpus) -> set[str]:
    """The specs with totals that can be derived again: those of the settings."""
    if not context.settings.concepts:
        return set()
    current = {spec.id for spec in search_specs(context.settings, corpus, context.identities).values()}
    return current & _specs_with_totals(context, corpus)


def _drop_totals(context: Context, corpus: Corpus, derived: set[str]) -> None:
    """Remove the totals of other settings; `count` under those settings derives them again from stored rows."""
    others = sorted(_specs_with_totals(context, corpus) - derived)
    if others:
        context.lake.replace_rows(COUNTS, {"corpus": corpus.name, "spec": others}, [])
        context.lake.replace_rows("shards", {"corpus": corpus.name, "stage": TOTALS, "spec": others}, [])
