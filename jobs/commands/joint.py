"""`joint`: what text and image search, or two other definitions of frequency, each tell beside the other."""

from __future__ import annotations

import logging
from argparse import Namespace

from jobs.analysis.instruments import ASSUMPTION
from jobs.commands.row_output import check_output, emit
from jobs.core.context import Context
from jobs.core.opening import open_lake
from jobs.errors import SettingsError
from jobs.reproduction.all_definitions import joint_all
from jobs.results.fits.joint_searches import JOINT_ROWS, joint_searches
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)


def joint(settings: Settings, arguments: Namespace) -> int:
    """Write one row per pair of searches and search; what each adds is logged, and what instruments assume."""
    check_output(arguments.format, arguments.output)
    names = dict.fromkeys(arguments.definition or ())
    if len(names) not in (0, 2):
        raise SettingsError("--definition: name two definitions of frequency, as in `compare-definitions`, or none")
    context = Context.looking(settings, open_lake(settings), "joint")
    found = joint_all(context, names) if names else joint_searches(context)
    emit([row for one in found for row in one.rows], JOINT_ROWS, arguments.format, arguments.output)
    for one in found:
        log.info("%s", one)
    log.info("A slope with the other search as instrument: %s", ASSUMPTION)
    return 0
