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
from jobs.results.labels.corrected_frequencies import CORRECTED, CORRECTED_LAWS
from jobs.results.labels.hit_rates import CONCEPT_HITS, HITS
from jobs.results.labels.label_answers import answers_of
from jobs.results.labels.label_file import read_labels
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)

# Laws that the log names; the table has all.
LAWS = 8


def precision(settings: Settings, arguments: Namespace) -> int:
    """Write precision and recall, and beside `--output` the other tables; laws are in the log too.

    Raises ConceptfreqError if no label can be used.
    """
    check_output(arguments.format, arguments.output)
    read = read_labels(arguments.labels)
    context = Context.looking(settings, open_to_read(settings), "precision")
    found = answers_of(context, read, arguments.list, arguments.least_precision)
    emit(found.hits, HITS, arguments.format, arguments.output)
    if arguments.output:
        _write_beside(arguments, "concepts", CONCEPT_HITS, found.concepts)
        _write_beside(arguments, "frequencies", CORRECTED, found.frequencies)
        if found.laws:
            _write_beside(arguments, "laws", CORRECTED_LAWS, [law.row for law in found.laws])
    for line in [*_words(found.hits), *map(str, found.laws[:LAWS])]:
        log.info("%s", line)
    return 0


def _write_beside(arguments: Namespace, name: str, schema: pa.Schema, rows: Sequence[dict[str, Any]]) -> None:
    """Write OUTPUT.NAME.csv beside OUTPUT.csv."""
    target = Path(arguments.output)
    emit(rows, schema, arguments.format, str(target.with_name(f"{target.stem}.{name}{target.suffix}")))


def _words(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Precision and recall of each search in words."""
    for row in (one for one in rows if one["search"]):
        said = "; ".join(
            f"{name.replace('_', ' ')} {row[name]:.3f} [{row[f'{name}_low']:.3f}, {row[f'{name}_high']:.3f}]"
            for name in ("precision", "recall_in_reach", "recall")
            if row[name] is not None
        )
        yield f"{row['corpus']}, {above(row['search'], row['threshold'])}, by {row['judged']}: {said}"
