"""`import-scores`: imports scores that somebody else measured, and names the rows that cannot be used."""

from __future__ import annotations

import logging
import sys
from argparse import Namespace

from jobs.core.importing import import_context
from jobs.errors import SettingsError
from jobs.imported.load import WRITTEN, load_scores, score_batches
from jobs.imported.row_files import RowFile, shown_numbers
from jobs.imported.score_files import read_score_file
from jobs.imported.scores import ScoreSheet, check_scores
from jobs.settings.settings import Settings
from jobs.settings.storage import check_credentials, located

log = logging.getLogger(__name__)


def import_scores(settings: Settings, arguments: Namespace) -> int:
    """Import the scores of FILE; rows that cannot be used are named and change nothing. 0 if there are others, else 1.

    Raises SettingsError if the file cannot be read, contradicts itself, or names a set that the settings evaluate.
    """
    check_credentials(settings.storage)
    file = read_score_file(located(arguments.path, settings.storage))
    scores = check_scores(file)
    _refuse_own_sets(settings, file, scores)
    _tell(file, scores)
    if not scores.rows:
        log.error("%s: no row can be used: nothing was imported", file.name)
        return 1
    if arguments.dry_run:
        print(_words(scores))
        return 0
    written = load_scores(import_context(settings, "import-scores", WRITTEN), score_batches(file, scores))
    if not written:
        log.info("everything was imported already: nothing was written")
    sys.stderr.write(f"{_words(scores)}; written {'tables' if written else 'nothing'}\n")
    return 0


def _refuse_own_sets(settings: Settings, file: RowFile, scores: ScoreSheet) -> None:
    """Imported scores of a set that is evaluated too would be in its fits twice."""
    own = {one.name for one in settings.evaluate.sets} if settings.evaluate else set()
    if both := sorted(own & {of_set for of_set, _ in scores.values}):
        raise SettingsError(f"{file.name}: {', '.join(both)}: evaluate.sets has a set of that name: write another one")


def _tell(file: RowFile, scores: ScoreSheet) -> None:
    for reason, numbers in scores.faults.items():
        log.warning("%s: left out, as %s: %s", file.name, reason, shown_numbers(file.counted_in, numbers))
    if scores.repeated:
        log.info("%s: %d rows repeat another one with the same value", file.name, scores.repeated)
    if file.unread:
        log.info("%s: columns that are not read: %s", file.name, ", ".join(file.unread))
    for metric, meaning in scores.metrics.items():
        better = "higher" if meaning.higher_is_better else "lower"
        log.info("%s: values are a %s, and a %s one is better", metric, meaning.unit, better)


def _words(scores: ScoreSheet) -> str:
    models = {model for values in scores.values.values() for model, _ in values}
    sets = {of_set for of_set, _ in scores.values}
    counts = f"sets {len(sets)}, models {len(models)}, metrics {len(scores.metrics)}"
    return f"rows {scores.rows}: {counts}; left out {scores.left_out}"
