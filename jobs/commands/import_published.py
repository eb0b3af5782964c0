"""`import-published`: imports the authors' published results, and names what is missing or not as expected."""

from __future__ import annotations

import json
import logging
import sys
from argparse import Namespace
from pathlib import Path

from jobs.core.importing import import_context
from jobs.published.layout import load_layout
from jobs.published.load import WRITTEN, load
from jobs.published.results import Results, read_results
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)


def import_published(settings: Settings, arguments: Namespace) -> int:
    """Import the results below PATH; 0 if there were any, else 1. Problems do not change that."""
    found = read_results(Path(arguments.path), load_layout(settings))
    if arguments.dry_run:
        print(_words(found))
        return 0
    written = bool(found.rows) and load(import_context(settings, "import-published", WRITTEN), found.parts, found.lists)
    return _close(found, written, arguments.json)


def _close(found: Results, written: bool, as_json: bool) -> int:
    """Print what was imported, then every problem, then everything in one line."""
    for kind, rows in found.rows.items():
        log.info("%s: %d files, %d rows", kind, found.files[kind], rows)
    for problem in found.problems:
        log.warning("not as expected: %s", problem)
    for absent in found.absent:
        log.warning("absent: %s", absent)
    if found.rows and not written:
        log.info("everything was imported already: nothing was written")
    if as_json:
        print(json.dumps(_summary(found, written)))
    sys.stderr.write(f"{_words(found)}; written {'tables' if written else 'nothing'}\n")
    return 0 if found.rows else 1


def _words(found: Results) -> str:
    rows = ", ".join(f"{kind} {count}" for kind, count in found.rows.items()) or "none"
    absent = sum(len(one.files) for one in found.absent)
    return f"files {sum(found.files.values())}, rows: {rows}; problems {len(found.problems)}, absent {absent}"


def _summary(found: Results, written: bool) -> dict[str, object]:
    return {
        "files": dict(found.files),
        "rows": found.rows,
        "problems": [{"file": one.file, "reason": one.reason, "names": one.names} for one in found.problems],
        "absent": [file for one in found.absent for file in one.files],
        "written": "tables" if written else "nothing",
    }
