"""`forms`: which form the law has, by AIC and by concepts and sets that were held out."""

from __future__ import annotations

import logging
from argparse import Namespace

from jobs.commands.row_output import check_output, emit
from jobs.core.context import Context
from jobs.core.opening import open_lake
from jobs.results.fits.compared_forms import FORM_ROWS, compared_forms
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)


def forms(settings: Settings, arguments: Namespace) -> int:
    """Write one row per fit and form; each fit's verdict is logged."""
    check_output(arguments.format, arguments.output)
    found = compared_forms(Context.looking(settings, open_lake(settings), "forms"))
    emit([row for one in found for row in one.rows], FORM_ROWS, arguments.format, arguments.output)
    for one in found:
        log.info("%s", one)
    return 0
