"""What a report says of the reading of corpora: shards and samples, rejects with examples, and the time of stages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from jobs import report_page
from jobs.core.context import Context
from jobs.core.stage_specs import samples_spec
from jobs.lake import ledger
from jobs.lake.specs import Spec
from jobs.results.corpora.reject_reasons import Reason
from jobs.results.corpora.rejects import Rejected, read_reasons
from jobs.settings.corpora import Corpus
from jobs.stages.registry import shard_stages, wanted_stages
from udfs.statuses import OK


def corpus_read(context: Context, corpus: Corpus) -> report_page.CorpusRead:
    """What was read of a corpus, by the ledger."""
    rows = context.ledger.rows(corpus.name, "ingest", samples_spec(corpus).id).values()
    done = [row for row in rows if row["state"] == ledger.DONE]
    return report_page.CorpusRead(
        corpus=corpus.name,
        format=corpus.format,
        shards=len(done),
        shards_failed=len(rows) - len(done),
        samples=sum(row["samples"] for row in done),
        bytes=sum(row["bytes"] or 0 for row in done),
    )


def stage_outcomes(context: Context, corpus: Corpus) -> list[report_page.StageOutcome]:
    """The stages whose rows are samples, each with its statuses and examples of them."""
    stages = [stage for stage in shard_stages(wanted_stages(context.settings)) if stage.rows_are_samples]
    found = [(stage, spec) for stage in stages for spec in stage.specs(context, corpus)]
    return [_stage(context, corpus, stage.name, stage.table, spec) for stage, spec in found]


def stage_work(context: Context, corpus: Corpus) -> Iterator[report_page.Work]:
    """The seconds of each stage that has taken any, all its specs together."""
    for stage in shard_stages(wanted_stages(context.settings)):
        seconds: Counter[str] = Counter()
        samples = 0
        for spec in stage.specs(context, corpus):
            for row in context.ledger.done(corpus.name, stage.name, spec.id).values():
                samples += row["samples"]
                seconds.update(ledger.worked(row["seconds"]))
        if any(seconds.values()):
            yield report_page.Work(corpus.name, stage.name, samples, dict(seconds))


def _stage(context: Context, corpus: Corpus, stage: str, table: str, spec: Spec) -> report_page.StageOutcome:
    rows = context.ledger.done(corpus.name, stage, spec.id)
    statuses: Counter[str] = Counter()
    others: dict[str, dict[str, int]] = {}
    for shard, row in rows.items():
        statuses.update(row["statuses"])
        for status, count in row["statuses"].items():
            if status != OK:
                others.setdefault(status, {})[shard] = count
    examples = _examples(context, corpus, Rejected(corpus.name, table, spec.id, others, {}))
    samples = sum(row["samples"] for row in rows.values())
    return report_page.StageOutcome(corpus.name, stage, samples, dict(statuses), examples)


def _examples(context: Context, corpus: Corpus, others: Rejected) -> dict[str, report_page.Example]:
    """For each status that is not ok, an example of the commonest reason, with its caption."""
    found: dict[str, Reason] = {}
    [reasons] = read_reasons(context.lake, [others])
    for reason in reasons:
        found.setdefault(reason.status, reason)
    captions = _captions(context, corpus, found.values())
    return {
        status: report_page.Example(one.shard, str(one.sample), one.detail, captions.get((one.shard, one.sample)))
        for status, one in found.items()
    }


def _captions(
    context: Context, corpus: Corpus, examples: Collection[Reason]
) -> dict[tuple[str, str | None], str | None]:
    if not examples:
        return {}
    named = {"shard": sorted({one.shard for one in examples}), "sample": sorted({str(one.sample) for one in examples})}
    columns = ["shard", "sample", "caption"]
    rows = context.lake.rows("samples", columns, corpus=corpus.name, spec=samples_spec(corpus).id, **named)
    return {(row["shard"], row["sample"]): row["caption"] and row["caption"][:300] for row in rows}
