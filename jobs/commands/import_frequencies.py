"""`import-frequencies`: imports frequencies that somebody else counted, and names what cannot be used."""

from __future__ import annotations

import logging
import sys
from argparse import Namespace
from pathlib import Path

from jobs.core.importing import import_context
from jobs.imported.frequency_files import check_frequencies, read_frequency_file
from jobs.imported.frequency_tables import FrequencySheet
from jobs.imported.load_frequencies import WRITTEN, load_frequencies
from jobs.imported.public_tables import read_clone
from jobs.settings.settings import Settings
from jobs.settings.storage import check_credentials, located

log = logging.getLogger(__name__)


def import_frequencies(settings: Settings, arguments: Namespace) -> int:
    """Import the tables of PATH; what cannot be used is named and changes nothing. 0 if there is a row, else 1.

    Raises SettingsError if PATH cannot be read, contradicts itself, or is a folder of no known table.
    """
    check_credentials(settings.storage)
    sheet = _read(settings, arguments.path)
    for fault in sheet.faults:
        log.warning("%s: %s", Path(arguments.path).name, fault)
    if sheet.repeated:
        log.info("%s: %d rows repeat another one with the same frequency", Path(arguments.path).name, sheet.repeated)
    if not sheet.rows:
        log.error("%s: no row can be used: nothing was imported", arguments.path)
        return 1
    if arguments.dry_run:
        print(_words(sheet))
        return 0
    written = load_frequencies(import_context(settings, "import-frequencies", WRITTEN), sheet.tables)
    if not written:
        log.info("everything was imported already: nothing was written")
    sys.stderr.write(f"{_words(sheet)}; written {'tables' if written else 'nothing'}\n")
    return 0


def _read(settings: Settings, path: str) -> FrequencySheet:
    if Path(path).is_dir():
        return read_clone(Path(path))
    file = read_frequency_file(located(path, settings.storage))
    if file.unread:
        log.info("%s: columns that are not read: %s", file.name, ", ".join(file.unread))
    return check_frequencies(file)


def _words(sheet: FrequencySheet) -> str:
    keys = [table.key for table in sheet.tables]
    sets, corpora, definitions = (len({key[at] for key in keys}) for at in range(3))
    counts = f"sets {sets}, corpora {corpora}, definitions {definitions}"
    return f"rows {sheet.rows}: {counts}; left out {sheet.left_out}"
