"""`plan`: how many samples each concept would need for a score, by the law."""

from __future__ import annotations

import logging
from argparse import Namespace

from jobs.commands.row_output import emit
from jobs.core.context import Context
from jobs.core.opening import open_lake
from jobs.results.fits.plans import PLAN, plans
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)


def plan(settings: Settings, arguments: Namespace) -> int:
    """Write one row per fit and concept; each fit's slope is logged. `--gain` is in points of a hundred."""
    gain = None if arguments.gain is None else arguments.gain / 100
    found = plans(Context.looking(settings, open_lake(settings), "plan"), arguments.target, gain)
    emit([row for one in found for row in one.rows], PLAN, arguments.format, arguments.output)
    for one in found:
        log.info("%s", one)
    return 0
