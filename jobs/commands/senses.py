"""The subcommand `senses`: the nouns and tags that go with a name, and the uses of it that they tell apart."""

from __future__ import annotations

import logging
from argparse import Namespace

from jobs.commands.row_output import check_output, emit
from jobs.core.context import Context
from jobs.core.opening import open_to_read
from jobs.results.samples.senses import SENSES, all_senses
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)


def senses(settings: Settings, arguments: Namespace) -> int:
    """Write a row per key, use by use, and log what was told apart; exit status 1 if nothing goes with the name."""
    check_output(arguments.format, arguments.output)
    context = Context.looking(settings, open_to_read(settings), "senses")
    found = all_senses(context, arguments.concept, arguments.threshold, arguments.corpus)
    emit([row for one in found for row in one.rows], SENSES, arguments.format, arguments.output)
    for one in found:
        log.info("%s", one)
    return 0 if any(len(one.beside) for one in found) else 1
