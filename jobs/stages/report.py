"""The report: one self-contained HTML page, filled from the tables; written only if it would differ."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from jobs import report_page
from jobs.core.context import Context, release
from jobs.core.stage import Result
from jobs.core.stage_specs import search_specs
from jobs.errors import ConceptfreqError
from jobs.lake.location import parse
from jobs.lake.specs import Spec
from jobs.report_page import seal
from jobs.results.audit import Audit, own_audit
from jobs.results.corpora.corpus_traits import corpus_traits
from jobs.results.counts.frequencies import frequencies, misalignment
from jobs.results.fits.beside_similarity import SimilarityOfFit, stored_fits_beside_similarity
from jobs.results.fits.fit_inputs import fit_inputs, under_first_protocol
from jobs.results.fits.fitted import FitInput, Fitted
from jobs.results.fits.stored_fits import read_fits
from jobs.results.samples.card_parts import card_parts
from jobs.results.samples.companions import companions
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Settings
from jobs.stages.report_corpora import corpus_read, stage_outcomes, stage_work
from jobs.stages.report_samples import all_fetched, sample_strips, strip_pictures
from udfs.shards.schemes import shown
from udfs.shards.uris import filesystem_and_path

log = logging.getLogger(__name__)

# Characters of a page that can hardly be sent or opened any more; without images none has so many.
LARGE = 20 << 20


def run(context: Context) -> Result:
    """Write the page if it differs from the present one, which is not rendered again if nothing has changed."""
    target, data = output(context.settings), report_data(context)
    filesystem, path = filesystem_and_path(target)
    try:
        with filesystem.open_input_stream(path) as stream:
            there = stream.read().decode("utf-8", "replace")
    except FileNotFoundError:
        filesystem.create_dir(path.rpartition("/")[0], recursive=True)
        there = ""
    if seal.is_current(there, data):
        return Result()
    pictures = strip_pictures(context, data.strips)
    page = report_page.render(data, pictures)
    if len(page) > LARGE:
        log.warning("report: the page has %d MB: ask for fewer report.samples", len(page) >> 20)
    with filesystem.open_output_stream(path) as stream:
        # Without a seal the next run asks again for images that could not be fetched.
        stream.write((seal.sealed(page, data) if all_fetched(pictures) else page).encode("utf-8"))
    if seal.unsealed(there) == page:
        return Result()
    log.info("report: %s", shown(target))
    return Result(written=["report"])


def announce(context: Context) -> list[str]:
    """The work of the stage in words."""
    return [f"report: {shown(output(context.settings))}, if it has changed"]


def output(settings: Settings) -> str:
    """The place of the page: from the settings, else report.html beside the lake's folder."""
    if settings.report.output:
        named = settings.report.output
        return named if "://" in named else str(Path(named).absolute())
    folder = parse(settings.lake).folder
    home = folder.parent if folder else Path("build").absolute() / settings.name
    return str(home / "report.html")


def report_data(context: Context) -> report_page.ReportData:
    """Everything that the page says, from the tables under the settings' specs."""
    settings = context.settings
    fits, refusals = _fits(context)
    similarity = _beside_similarity(context, fits, refusals)
    searches = [found for corpus in settings.corpora for found in _searches(context, corpus)]
    counted = {(found.search, found.corpus) for found in searches}
    audited = own_audit(context) if settings.concepts else Audit((), 0)
    specs = {corpus.name: search_specs(settings, corpus, context.identities) for corpus in settings.corpora}
    return report_page.ReportData(
        name=settings.name,
        counted=_counted(context),
        corpora=[corpus_read(context, corpus) for corpus in settings.corpora],
        traits=[corpus_traits(context, corpus) for corpus in settings.corpora],
        stages=[stage for corpus in settings.corpora for stage in stage_outcomes(context, corpus)],
        work=[work for corpus in settings.corpora for work in stage_work(context, corpus)],
        searches=searches,
        parts=card_parts(context),
        companions=companions(context, settings.report.together) if settings.report.together else {},
        strips=sample_strips(context, searches),
        flags=_flags(audited),
        unaudited=audited.unchecked,
        misaligned=[
            row
            for corpus in settings.corpora
            if ("integrated", corpus.name) in counted
            for row in misalignment(context, corpus)
        ],
        fits=fits,
        refusals=refusals,
        provenance=[
            *(_provenance(name, spec) for name, found in specs.items() for spec in found.values()),
            report_page.Provenance("Made by", [("conceptfreq", release()), ("lake", str(context.lake.at))]),
        ],
        similarity=similarity,
    )


def _counted(context: Context) -> str | None:
    finished = [context.ledger.newest(corpus.name, "count").values() for corpus in context.settings.corpora]
    newest = max(chain.from_iterable(finished), default=None)
    return f"{newest:%d %B %Y, %H:%M} UTC" if newest else None


def _searches(context: Context, corpus: Corpus) -> list[report_page.SearchCounts]:
    found: dict[tuple[str, float | None], list[report_page.ConceptCount]] = {}
    if not context.settings.concepts:
        return []
    for search in search_specs(context.settings, corpus, context.identities):
        try:
            rows = frequencies(context, corpus, search)
        except ConceptfreqError as error:
            log.warning("report: %s", error)
            continue
        for row in rows:
            counts = found.setdefault((search, row.threshold), [])
            counts.append(report_page.ConceptCount(row.concept, row.frequency, row.unanswerable))
    return [
        report_page.SearchCounts(corpus.name, search, threshold, rows) for (search, threshold), rows in found.items()
    ]


def _flags(audited: Audit) -> list[report_page.Flag]:
    return [
        report_page.Flag(of.corpus, of.search, of.threshold, one.concept, one.kind, one.reason)
        if (of := one.question)
        else report_page.Flag(None, None, None, one.concept, one.kind, one.reason)
        for one in audited.findings
    ]


def _fits(context: Context) -> tuple[list[Fitted], list[report_page.Refusal]]:
    if context.settings.fit is None:
        return [], []
    stored = read_fits(context.lake)
    inputs, fits, refusals = list[FitInput](), [], []
    for corpus in context.settings.corpora:
        try:
            inputs += fit_inputs(context, [corpus])
        except ConceptfreqError as error:
            refusals.append(report_page.Refusal(f"all fits of {corpus.name}", str(error)))
    for item in inputs:
        try:
            fits.append(stored.find_or_fit(item))
        except ValueError as refusal:
            refusals.append(report_page.Refusal(f"{item.title}, protocol {item.protocol.name}", str(refusal)))
    return fits, refusals


def _beside_similarity(
    context: Context, fits: Sequence[Fitted], refusals: list[report_page.Refusal]
) -> list[SimilarityOfFit]:
    """The fits under the first protocol beside the similarity of test images, as far as these are compared."""
    refused: dict[str, str] = {}
    items = under_first_protocol([fit.item for fit in fits])
    found = stored_fits_beside_similarity(context, context.settings.corpora, items, refused)
    refusals += [report_page.Refusal(f"beside similarity: {what}", why) for what, why in refused.items()]
    return found


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
