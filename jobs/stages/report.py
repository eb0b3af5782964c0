"""The report: one self-contained HTML page, filled from the tables; written only where it would differ."""

from __future__ import annotations

import json
import logging
from collections import Counter
from itertools import chain
from pathlib import Path

from pyspark.sql import functions as F

from jobs import report_page
from jobs.core.context import Context, release
from jobs.core.stage import Result
from jobs.core.stage_specs import samples_spec, search_specs
from jobs.errors import ConceptfreqError
from jobs.lake import ledger
from jobs.lake.location import parse
from jobs.lake.slices import spark_condition
from jobs.lake.specs import Spec
from jobs.results.fit_inputs import FitInput, fit_inputs
from jobs.results.frequencies import frequencies, misalignment
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Settings
from jobs.stages.registry import shard_stages, wanted_stages
from udfs.shards.uris import filesystem_and_path
from udfs.statuses import OK

log = logging.getLogger(__name__)


def run(context: Context) -> Result:
    """Write the page if it differs from the one that is there."""
    target = output(context.settings)
    text = report_page.render(report_data(context)).encode("utf-8")
    filesystem, path = filesystem_and_path(target)
    try:
        with filesystem.open_input_stream(path) as stream:
            if stream.read() == text:
                return Result()
    except FileNotFoundError:
        filesystem.create_dir(path.rpartition("/")[0], recursive=True)
    with filesystem.open_output_stream(path) as stream:
        stream.write(text)
    log.info("report: %s", target)
    return Result(written=["report"])


def announce(context: Context) -> list[str]:
    """What the stage would do."""
    return [f"report: {output(context.settings)}, if it would differ"]


def output(settings: Settings) -> str:
    """Where the page goes: as the settings say, else report.html beside the lake's folder."""
    if settings.report.output:
        named = settings.report.output
        return named if "://" in named else str(Path(named).absolute())
    folder = parse(settings.lake).folder
    home = folder.parent if folder else Path("build").absolute() / settings.name
    return str(home / "report.html")


def report_data(context: Context) -> report_page.ReportData:
    """Everything that the page says, from the tables under the settings' specs."""
    settings, lake = context.settings, context.lake
    fits, refusals = _fits(context)
    searches = [found for corpus in settings.corpora for found in _searches(context, corpus)]
    counted = {(found.search, found.corpus) for found in searches}
    specs = {corpus.name: search_specs(settings, corpus) for corpus in settings.corpora}
    return report_page.ReportData(
        name=settings.name,
        counted=_counted(context),
        corpora=[_read(context, corpus) for corpus in settings.corpora],
        stages=[stage for corpus in settings.corpora for stage in _stages(context, corpus)],
        searches=searches,
        misalignments=[
            report_page.Misalignment(*(getattr(row, key) for key in row.__dataclass_fields__))
            for corpus in settings.corpora
            if ("integrated", corpus.name) in counted
            for row in misalignment(lake, settings, corpus)
        ],
        fits=fits,
        refusals=refusals,
        provenance=[
            *(_provenance(name, spec) for name, found in specs.items() for spec in found.values()),
            report_page.Provenance("Made by", [("conceptfreq", release()), ("lake", settings.lake)]),
        ],
    )


def _counted(context: Context) -> str | None:
    finished = [context.ledger.newest(corpus.name, "count").values() for corpus in context.settings.corpora]
    newest = max(chain.from_iterable(finished), default=None)
    return f"{newest:%d %B %Y, %H:%M} UTC" if newest else None


def _read(context: Context, corpus: Corpus) -> report_page.CorpusRead:
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


def _stages(context: Context, corpus: Corpus) -> list[report_page.StageOutcome]:
    stages = [stage for stage in shard_stages(wanted_stages(context.settings)) if stage.rows_are_samples]
    found = [(stage, spec) for stage in stages for spec in stage.specs(context.settings, corpus)]
    return [_stage(context, corpus, stage.name, stage.table, spec) for stage, spec in found]


def _stage(context: Context, corpus: Corpus, stage: str, table: str, spec: Spec) -> report_page.StageOutcome:
    rows = context.ledger.done(corpus.name, stage, spec.id).values()
    statuses: Counter[str] = Counter()
    for row in rows:
        statuses.update(row["statuses"])
    examples = _examples(context, corpus, table, spec) if set(statuses) - {OK} else {}
    return report_page.StageOutcome(corpus.name, stage, sum(row["samples"] for row in rows), dict(statuses), examples)


def _examples(context: Context, corpus: Corpus, table: str, spec: Spec) -> dict[str, report_page.Example]:
    """The first sample of each status that is not ok, with its caption."""
    rows = context.lake.read(table).where(spark_condition({"corpus": corpus.name, "spec": spec.id}))
    others = rows.where(F.col("status") != OK)
    first = others.groupBy("status").agg(F.min(F.struct("shard", "sample", "detail")).alias("first"))
    picked = first.select("status", "first.*").toArrow().to_pylist()
    named = {key: [row[key] for row in picked] for key in ("shard", "sample")}
    where = {"corpus": corpus.name, "spec": samples_spec(corpus).id, **named}
    samples = context.lake.read("samples").where(spark_condition(where))
    said = samples.select("shard", "sample", F.substring("caption", 1, 300).alias("caption")).toArrow().to_pylist()
    captions = {(row["shard"], row["sample"]): row["caption"] for row in said}
    return {
        row["status"]: report_page.Example(
            row["shard"], row["sample"], row["detail"], captions.get((row["shard"], row["sample"]))
        )
        for row in picked
    }


def _searches(context: Context, corpus: Corpus) -> list[report_page.SearchCounts]:
    found: dict[tuple[str, float | None], list[report_page.ConceptCount]] = {}
    if not context.settings.concepts:
        return []
    for search in search_specs(context.settings, corpus):
        try:
            rows = frequencies(context.lake, context.settings, corpus, search)
        except ConceptfreqError as error:
            log.warning("report: %s", error)
            continue
        for row in rows:
            counts = found.setdefault((search, row.threshold), [])
            counts.append(report_page.ConceptCount(row.concept, row.frequency, row.unanswerable))
    return [
        report_page.SearchCounts(corpus.name, search, threshold, rows) for (search, threshold), rows in found.items()
    ]


def _fits(context: Context) -> tuple[list[report_page.LawFit], list[report_page.Refusal]]:
    settings = context.settings.fit
    if settings is None or context.settings.evaluate is None:
        return [], []
    inputs, fits, refusals = list[FitInput](), [], []
    for corpus in context.settings.corpora:
        try:
            inputs += fit_inputs(context.lake, context.settings.model_copy(update={"corpora": [corpus]}))
        except ConceptfreqError as error:
            refusals.append(report_page.Refusal(f"all fits of {corpus.name}", str(error)))
    for item in inputs:
        try:
            law, pooled = item.fit(settings), item.describe(settings)
        except ValueError as refusal:
            refusals.append(report_page.Refusal(f"{item.title}, protocol {item.protocol.name}", str(refusal)))
            continue
        fits.append(
            report_page.LawFit(
                item.corpus, item.search, item.threshold, item.sets, item.model, item.prompt, item.metric,
                item.names, item.frequency, item.score, law, pooled,
            )
        )  # fmt: skip
    return fits, refusals


def _provenance(corpus: str, spec: Spec) -> report_page.Provenance:
    """A spec as dotted names and values."""
    rows = [("spec", spec.id)]

    def walk(path: str, value: object) -> None:
        if isinstance(value, dict):
            for key in sorted(value):
                walk(f"{path}.{key}" if path else key, value[key])
        else:
            rows.append((path, value if isinstance(value, str) else json.dumps(value)))

    walk("", dict(spec.body))
    return report_page.Provenance(f"{corpus}: {spec.stage} search", rows)
