"""The plan of a run, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jobs.concepts.lists import list_names
from jobs.core.context import Context
from jobs.core.stage import ShardStage
from jobs.settings.corpora import ConceptList, Corpus
from jobs.stages.registry import shard_stages, stage_named


def dry_run(context: Context, stages: tuple[str, ...]) -> list[str]:
    """The plan in words: every list, every corpus with its shards, the finished work, and the work of each stage."""
    wanted = [stage_named(name) for name in stages]
    reads_lists = any(stage.reads_lists for stage in wanted)
    lines = [_list_plan(source) for source in context.settings.concepts] if reads_lists else []
    for corpus in context.settings.corpora:
        lines += _corpus_plan(context, corpus, shard_stages(stages))
    for stage in wanted:
        lines += stage.announce(context) if stage.announce else []
    return lines


def _list_plan(source: ConceptList) -> str:
    names = list_names(source)
    concepts = list(dict.fromkeys(names))
    repeats = f", {len(names) - len(concepts):,} repeated" if len(names) > len(concepts) else ""
    return f"list {source.name}: {len(concepts):,} concepts{repeats}, first {', '.join(map(repr, concepts[:3]))}"


def _corpus_plan(context: Context, corpus: Corpus, stages: Sequence[ShardStage]) -> Iterator[str]:
    listing = context.listings.of(corpus)
    names = [shard.name for shard in listing.shards]
    yield (
        f"corpus {corpus.name} ({corpus.format}): {len(names)} shards, {listing.bytes:,} bytes, "
        f"first {names[0]}, last {names[-1]}"
    )
    planned = len(names[: context.max_shards])
    for stage in stages:
        plan = stage.plan(context, corpus)
        done = len(plan.done)
        spec = ", ".join(spec.id for spec in plan.specs)
        yield f"  {stage.name}: {done} shards done, {max(planned - done, 0)} to do (spec {spec})"
