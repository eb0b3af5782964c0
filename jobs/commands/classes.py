"""`classes`: what models take each class for, how often it is predicted, and how sure they are."""

from __future__ import annotations

from argparse import Namespace

from jobs.commands.row_output import check_output, emit
from jobs.core.context import Context
from jobs.core.opening import open_lake
from jobs.results.class_scores import CLASS_ROWS, class_scores
from jobs.settings.settings import Settings


def classes(settings: Settings, arguments: Namespace) -> int:
    """Write one row per set, model, prompt and class, the worst classes first."""
    check_output(arguments.format, arguments.output)
    rows = class_scores(Context.looking(settings, open_lake(settings), "classes"))
    emit(rows, CLASS_ROWS, arguments.format, arguments.output)
    return 0
