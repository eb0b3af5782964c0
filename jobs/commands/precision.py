"""The subcommand `precision`: what labels say of searches, frequencies, thresholds and the law."""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from jobs.analysis.search_words import above
from jobs.commands.row_output import check_output, emit
from jobs.core.context import Context
from jobs.core.opening import open_to_read
from jobs.errors import ConceptfreqError
from jobs.results.fits.fit_inputs import fit_inputs, under_first_protocol
from jobs.results.fits.fitted import FitInput
from jobs.results.labels.asked_pairs import ask_pairs, count_cells
from jobs.results.labels.corrected_frequencies import CORRECTED, CORRECTED_LAWS, corrected_laws, corrected_rows
from jobs.results.labels.hit_rates import CONCEPT_HITS, HITS, concept_rows, hit_rows
from jobs.results.labels.label_file import Label, ReadLabels, read_labels
from jobs.results.labels.labelled_cells import LabelledCells, in_cells
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)

# Refused rows that are named.
NAMED = 5
# Laws that the log names; the table has all.
LAWS = 8


def precision(settings: Settings, arguments: Namespace) -> int:
    """Write precision and recall, and beside `--output` the other tables; laws are in the log too.

    Raises ConceptfreqError if no label can be used.
    """
    check_output(arguments.format, arguments.output)
    file = read_labels(arguments.labels)
    _tell(file)
    context = Context.looking(settings, open_to_read(settings), "precision")
    judged = [_in_cells(context, labels, arguments.list) for labels in _by_corpus(file.labels)]
    items, least = _fits(context), arguments.least_precision
    laws = [law for one in judged for law in corrected_laws(one, items)]
    hits = [row for one in judged for row in hit_rows(one)]
    emit(hits, HITS, arguments.format, arguments.output)
    if arguments.output:
        of_concepts = [row for one in judged for row in concept_rows(one)]
        corrected = [row for one in judged for row in corrected_rows(one, least)]
        _write_beside(arguments, "concepts", CONCEPT_HITS, of_concepts)
        _write_beside(arguments, "frequencies", CORRECTED, corrected)
        if laws:
            _write_beside(arguments, "laws", CORRECTED_LAWS, [law.row for law in laws])
    for line in [*_words(hits), *map(str, laws[:LAWS])]:
        log.info("%s", line)
    return 0


def _in_cells(context: Context, labels: Sequence[Label], concept_list: str | None) -> LabelledCells:
    """The labels of one corpus, of which one half is judged, in the lake's cells."""
    corpus = context.settings.corpus(labels[0].corpus)
    found = in_cells(count_cells(context, ask_pairs(context, corpus, labels[0].judged, concept_list)), labels)
    if found.unsure:
        log.info("%s: %d pairs whose label is unsure are left out", corpus.name, found.unsure)
    return found


def _by_corpus(labels: Sequence[Label]) -> list[list[Label]]:
    """The labels by corpus and judged half."""
    if not labels:
        raise ConceptfreqError("the file has no label yet: judge its pairs first (yes, no or unsure)")
    found: dict[tuple[str, str], list[Label]] = {}
    for one in labels:
        found.setdefault((one.corpus, one.judged), []).append(one)
    return [found[key] for key in sorted(found)]


def _fits(context: Context) -> list[FitInput]:
    """The fits of the settings; none without the section `fit`, or if nothing is evaluated yet."""
    if context.settings.fit is None:
        return []
    try:
        return under_first_protocol(fit_inputs(context, context.settings.corpora))
    except ConceptfreqError as refusal:
        log.warning("the law is not corrected: %s", refusal)
        return []


def _write_beside(arguments: Namespace, name: str, schema: pa.Schema, rows: Sequence[dict[str, Any]]) -> None:
    """Write OUTPUT.NAME.csv beside OUTPUT.csv."""
    target = Path(arguments.output)
    emit(rows, schema, arguments.format, str(target.with_name(f"{target.stem}.{name}{target.suffix}")))


def _tell(file: ReadLabels) -> None:
    log.info("%d labels; %d pairs wait for one", len(file.labels), file.empty)
    for one in file.refused[:NAMED]:
        log.warning("%s", one)
    if len(file.refused) > NAMED:
        log.warning("and %d more rows are refused", len(file.refused) - NAMED)


def _words(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Precision and recall of each search in words."""
    for row in (one for one in rows if one["search"]):
        said = "; ".join(
            f"{name.replace('_', ' ')} {row[name]:.3f} [{row[f'{name}_low']:.3f}, {row[f'{name}_high']:.3f}]"
            for name in ("precision", "recall_in_reach", "recall")
            if row[name] is not None
        )
        yield f"{row['corpus']}, {above(row['search'], row['threshold'])}, by {row['judged']}: {said}"
