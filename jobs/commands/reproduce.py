"""`reproduce`: recomputes the paper's results from the published rows of the lake: tables, figures and one run."""

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

from jobs.core.mlflow_store import check_store
from jobs.core.opening import open_lake
from jobs.errors import SettingsError
from jobs.lake.lake import Lake
from jobs.reproduction.logged import log_reproduction
from jobs.reproduction.markdown import Occasion, write_document
from jobs.reproduction.pictures import pictures
from jobs.reproduction.recompute import Reproduction
from jobs.reproduction.recompute import reproduce as recompute
from jobs.settings.law import Fit
from jobs.settings.protocols import load_protocols
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)

PAPER = "paper"


def reproduce(settings: Settings, arguments: Namespace) -> int:
    """Fit, compare, draw and log; 0 if anything was reproduced. Refused fits are listed, and do not change that.

    Raises SettingsError if the user asks for a document that would not be about the paper's protocol.
    """
    if arguments.document:
        _check_document(settings)
    check_store(settings)
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


def _check_document(settings: Settings) -> None:
    """Raise SettingsError if the document's sentences would be wrong: they are about the first protocol.

    An example is the sentence that r is as published.
    """
    first = load_protocols((settings.fit or Fit()).protocols)[0].name
    if first != PAPER:
        raise SettingsError(
            f"--document: the document describes the first protocol as the paper's, but the first of fit.protocols is "
            f"'{first}': name `paper` first, as in fit: {{protocols: [paper, default]}}"
        )


def write_files(found: Reproduction, folder: Path, name: str) -> None:
    """Write NAME.csv with the fits, NAME.SHEET.csv with each other table, and the figures in NAME.figures."""
    stem = name.removesuffix(".csv")
    drawn = folder / f"{stem}.figures"
    drawn.mkdir(parents=True)
    for sheet in found.sheets:
        own = name if sheet.name == "fits" else f"{stem}.{sheet.name}.csv"
        (folder / own).write_text(sheet.csv, encoding="utf-8")
    for title, figure in pictures(found):
        figure.savefig(drawn / f"{title}.png")


def _publish(lake: Lake, settings: Settings, found: Reproduction, output: str | None) -> str:
    """Write tables and figures beside `output`, if it is given, and into MLflow; returns the run's id."""
    target = Path(output or "fits.csv")
    with tempfile.TemporaryDirectory() as scratch:
        write_files(found, Path(scratch), target.name)
        if output:
            shutil.copytree(scratch, target.parent, dirs_exist_ok=True)
        return log_reproduction(lake, settings, found, Path(scratch))


def _close(found: Reproduction, run: str, as_json: bool) -> int:
    """Name what differs from the paper: absent sets, models left out, refusals; then print everything in one line."""
    for place, absent in _absent_sets(found).items():
        log.warning(
            "%s: fitted over a part of the protocol's sets: there are no counts of %s", place, ", ".join(absent)
        )
    if found.wag and found.wag.left_out:
        log.warning("Let it Wag!: left out: %s", found.wag.left_out)
    reasons = Counter((refusal.key.title, refusal.reason) for refusal in found.fits.refused)
    for (title, reason), protocols in reasons.items():
        log.warning("not fitted under %d protocols: %s: %s", protocols, title, reason)
    if as_json:
        print(json.dumps({"fits": len(found.fits.made), "refused": len(found.fits.refused), "mlflow_run": run}))
    sys.stderr.write(f"{_words(found)}; MLflow run {run}\n")
    return 1 if found.is_empty else 0


def _absent_sets(found: Reproduction) -> dict[str, tuple[str, ...]]:
    """For the fits that were made: task, corpus and search in words -> sets of the protocol without counts."""
    return {
        f"{fit.pool.key.measure.task}, {fit.pool.key.search.title}": fit.pool.absent for fit in found.fits.of_some_sets
    }


def _words(found: Reproduction) -> str:
    made = Counter(fit.law.protocol.name for fit in found.fits.made)
    fits = ", ".join(f"{number} under {name}" for name, number in made.items()) or "none"
    partial = len(found.fits.of_some_sets)
    fits += f" ({partial} over some of the protocol's sets only)" if partial else ""
    return f"fits: {fits}; refused {len(found.fits.refused)}; pairs of corpora {len(found.crossings)}"


def _command(arguments: Namespace) -> str:
    output = f" --output {arguments.output}" if arguments.output else ""
    return f"conceptfreq reproduce {arguments.config}{output} --document {arguments.document}"
