"""`joint`: what text and image search each tell about the score beside the other."""

from __future__ import annotations

import logging
from argparse import Namespace

from jobs.analysis.instruments import ASSUMPTION
from jobs.commands.row_output import check_output, emit
from jobs.core.context import Context
from jobs.core.opening import open_lake
from jobs.results.fits.joint_searches import JOINT_ROWS, joint_searches
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)


def joint(settings: Settings, arguments: Namespace) -> int:
    """Write one row per pair of searches and search; what each adds is logged, and what instruments assume."""
    check_output(arguments.format, arguments.output)
    found = joint_searches(Context.looking(settings, open_lake(settings), "joint"))
    emit([row for one in found for row in one.rows], JOINT_ROWS, arguments.format, arguments.output)
    for one in found:
        log.info("%s", one)
    log.info("A slope with the other search as instrument: %s", ASSUMPTION)
    return 0
