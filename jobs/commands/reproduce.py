"""`reproduce`: the paper's results recomputed from the published rows of the lake, as tables, figures and one run."""

from __future__ import annotations

import json
import logging
import shutil
import sys
import tempfile
import time
from argparse import Namespace
from collections import Counter
from datetime import date
from pathlib import Path

from jobs.commands.exports import open_lake
from jobs.core.lake import Lake
from jobs.core.settings import Settings
from jobs.reproduction.document import Occasion, write_document
from jobs.reproduction.logged import log_reproduction
from jobs.reproduction.pictures import pictures
from jobs.reproduction.run import Reproduction
from jobs.reproduction.run import reproduce as recompute

log = logging.getLogger(__name__)


def reproduce(settings: Settings, arguments: Namespace) -> int:
    """Fit, compare, draw and log; 0 where anything was fitted. What was refused is listed, and changes nothing."""
    started = time.monotonic()
    lake = open_lake(settings)
    found = recompute(lake, settings)
    fitting = time.monotonic() - started
    if arguments.dry_run:
        print(_words(found))
        return 0
    if not arguments.json:
        sys.stdout.write(found.sheets[0].csv)
    run = _publish(lake, settings, found, arguments.output)
    if arguments.document:
        occasion = Occasion(_command(arguments), fitting, time.monotonic() - started, date.today())
        path = Path(arguments.document)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(write_document(found, occasion), encoding="utf-8")
    return _close(found, run, arguments.json)


def write_files(found: Reproduction, folder: Path, name: str) -> None:
    """NAME.csv with the fits, NAME.SHEET.csv with each other table, and the figures in NAME.figures."""
    stem = name.removesuffix(".csv")
    drawn = folder / f"{stem}.figures"
    drawn.mkdir(parents=True)
    for sheet in found.sheets:
        own = name if sheet.name == "fits" else f"{stem}.{sheet.name}.csv"
        (folder / own).write_text(sheet.csv, encoding="utf-8")
    for title, figure in pictures(found):
        figure.savefig(drawn / f"{title}.png")


def _publish(lake: Lake, settings: Settings, found: Reproduction, output: str | None) -> str:
    """Tables and figures into MLflow, and beside `output` where it is given; the run's id."""
    target = Path(output or "fits.csv")
    with tempfile.TemporaryDirectory() as scratch:
        write_files(found, Path(scratch), target.name)
        run = log_reproduction(lake, settings, found, Path(scratch))
        if output:
            shutil.copytree(scratch, target.parent, dirs_exist_ok=True)
    return run


def _close(found: Reproduction, run: str, as_json: bool) -> int:
    """Name every refusal, then say all in one line."""
    reasons = Counter((refusal.key.title, refusal.reason) for refusal in found.fits.refused)
    for (title, reason), protocols in reasons.items():
        log.warning("not fitted under %d protocols: %s: %s", protocols, title, reason)
    if as_json:
        print(json.dumps({"fits": len(found.fits.made), "refused": len(found.fits.refused), "mlflow_run": run}))
    sys.stderr.write(f"{_words(found)}; MLflow run {run}\n")
    return 0 if found.fits.made else 1


def _words(found: Reproduction) -> str:
    made = Counter(fit.law.protocol.name for fit in found.fits.made)
    fits = ", ".join(f"{number} under {name}" for name, number in made.items()) or "none"
    return f"fits: {fits}; refused {len(found.fits.refused)}; pairs of corpora {len(found.crossings)}"


def _command(arguments: Namespace) -> str:
    output = f" --output {arguments.output}" if arguments.output else ""
    return f"conceptfreq reproduce {arguments.config}{output} --document {arguments.document}"
