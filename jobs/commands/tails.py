"""The subcommand `tails`: the tails of frequencies, or corpora against each other, as rows and as a figure."""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jobs.analysis.agreement import each_once
from jobs.analysis.search_words import above
from jobs.analysis.tail import long_tail
from jobs.commands.figure_output import check_figure, write_figure
from jobs.commands.row_output import check_output, emit
from jobs.core.context import Context
from jobs.core.opening import open_lake
from jobs.errors import ConceptfreqError, SettingsError
from jobs.results.counts.counted_lists import CountedLists, counted_lists, short_labels
from jobs.results.counts.tails import ACROSS, TAILS, across_rows, tail_rows
from jobs.settings.settings import Settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

log = logging.getLogger(__name__)

# More panels side by side cannot be read.
PANELS = 4
TAIL, OTHERS = "The long tail of concept frequencies", "Frequencies of one corpus against another"


def tails(settings: Settings, arguments: Namespace) -> int:
    """Write one row per corpus, search, threshold and list; with `--across` one per two corpora."""
    across, figure = arguments.across, arguments.figure
    check_output(arguments.format, arguments.output)
    if figure:
        check_figure(figure)
    context = Context.looking(settings, open_lake(settings), "tails")
    found = counted_lists(context, arguments.search, arguments.corpus or (), arguments.list, arguments.threshold)
    if figure:
        _check_panels(found)
    rows = list(across_rows(found) if across else tail_rows(found))
    if not rows:
        there = "; ".join(one.title for one in found)
        raise ConceptfreqError(f"{settings.name}: no two corpora are counted by one search: there is {there}")
    emit(rows, ACROSS if across else TAILS, arguments.format, arguments.output)
    if figure:
        write_figure(_crossings(found, rows) if across else _curves(found), figure, OTHERS if across else TAIL)
    lawless = sum(bool(row.get("note")) for row in rows)
    if lawless:
        log.info("%d of %d rows have no power law: the column note says why", lawless, len(rows))
    return 0


def _check_panels(found: Sequence[CountedLists]) -> None:
    panels = dict.fromkeys(above(one.search, one.threshold) for one in found)
    if len(panels) > PANELS:
        raise SettingsError(
            f"--figure: it shows {PANELS} searches, and there are {len(panels)} ({', '.join(panels)}): name one by "
            "--search and --threshold"
        )


def _curves(found: Sequence[CountedLists]) -> Figure:
    # matplotlib takes most of a second to import.
    from jobs.figures.tails import tails_figure

    curves: dict[str, dict[str, Any]] = {}
    for one, label in zip(found, short_labels(found), strict=True):
        tail = long_tail(list(each_once(one.answered).values()))
        curves.setdefault(above(one.search, one.threshold), {})[label] = tail.share, tail.zeros
    return tails_figure(curves, TAIL)


def _crossings(found: Sequence[CountedLists], rows: Sequence[Mapping[str, Any]]) -> Figure:
    from jobs.figures.crossings import crossings_figure

    labels = short_labels(found)
    label_of = {
        (one.corpus, one.source, one.search, one.threshold): label for one, label in zip(found, labels, strict=True)
    }
    cells: dict[str, dict[tuple[str, str], tuple[float | None, int]]] = {}
    for row in rows:
        asked = row["search"], row["threshold"]
        pair = label_of[row["corpus"], row["source"], *asked], label_of[row["other"], row["other_source"], *asked]
        cells.setdefault(above(*asked), {})[pair] = row["spearman"], row["paired"]
    named = {label for pairs in cells.values() for pair in pairs for label in pair}
    return crossings_figure(cells, [label for label in dict.fromkeys(labels) if label in named], OTHERS)
