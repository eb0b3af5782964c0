"""Frequencies and evaluations to fits: one MLflow run per batch of fits, one row per fit."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from jobs.core.context import Context
from jobs.core.mlflow_store import NotLogged, where_to_look
from jobs.core.reasons import by_kind
from jobs.core.stage import Result
from jobs.errors import SettingsError
from jobs.lake.lease import Lease
from jobs.lake.ledger import WHOLE, Outcome, Unit
from jobs.results.fits.fit_inputs import fit_inputs
from jobs.results.fits.fitted import FitInput, Fitted
from jobs.results.fits.similarities import stored_similarities
from jobs.results.fits.stored_fits import fit_row, inputs_digest
from jobs.results.fits.tracking import log_batch
from jobs.settings.corpora import Corpus

log = logging.getLogger(__name__)

STAGE = "fit"
# Takes the place of a run's id while the fits wait to be logged.
NOT_LOGGED = ""
# The ledger's row of a corpus, this stage and this spec has the digest of the similarities that its MLflow run has.
SIMILARITY = "similarity"


def run(context: Context, corpus: Corpus) -> Result:
    """Make a corpus's fits, except those that are already stored and logged for the same inputs.

    Fits are stored even if MLflow does not take them; the result's troubles then name the reason. A fit that cannot be
    made (too few concepts, all frequencies equal) is logged and left out; the report names it too.
    """
    if context.settings.fit is None:
        raise SettingsError(f"{context.settings.name}: fitting needs the section 'fit'")
    inputs = fit_inputs(context, [corpus])
    rows = context.lake.rows("fits", ["inputs", "mlflow_run"], corpus=corpus.name)
    logged = {row["inputs"] for row in rows if row["mlflow_run"] != NOT_LOGGED}
    beside = stored_similarities(context, corpus).digest
    again = beside != _similarity_logged(context, corpus)
    # A fit may take a second: stored fits are made again only if others are new, or what is logged beside them.
    new = [item for item in inputs if again or inputs_digest(item) not in logged]
    refused: dict[str, str] = {}
    if any(_fit(item, refused) for item in new):
        fitted = [fit for item in inputs if (fit := _fit(item, refused))]
    else:
        fitted = []
    _tell_refused(refused)
    if not fitted:
        return Result()
    note = Unit(WHOLE, beside or "", 0) if again else None
    trouble = _write(context, corpus.name, sorted({item.protocol.name for item in inputs}), fitted, note)
    return Result(written=["fits"], troubles=[trouble] if trouble else [])


def announce(context: Context) -> list[str]:
    """The work of the stage in words."""
    return ["fit: the fits whose counts or evaluations have changed"]


def _similarity_logged(context: Context, corpus: Corpus) -> str | None:
    """The digest of the similarities that the MLflow run of the corpus's fits has; None: it has none."""
    rows = context.ledger.done(corpus.name, STAGE, SIMILARITY).values()
    return next((row["fingerprint"] or None for row in rows), None)


def _fit(item: FitInput, refused: dict[str, str]) -> Fitted | None:
    """The fit; None if it cannot be made, which is added to `refused`."""
    try:
        return item.fit()
    except ValueError as refusal:
        refused[f"{item.title}, protocol {item.protocol.name}"] = str(refusal)
        return None


def _tell_refused(refused: Mapping[str, str]) -> None:
    for reason, fits in by_kind(refused):
        if len(fits) == 1:
            log.warning("fit %s: cannot be made: %s", fits[0], reason)
        else:
            log.warning("fit: %d fits cannot be made, as %s: %s", len(fits), fits[0], reason)


def _write(context: Context, corpus: str, protocols: list[str], fitted: list[Fitted], note: Unit | None) -> str | None:
    """Log the fits and store them; returns the reason if they could not be logged.

    note: the similarities that are logged with them, for the ledger, if it has others.
    """
    trouble = None
    with Lease(context.lake, corpus, STAGE, context.settings.lease_seconds).hold():
        context.record_run()
        try:
            mlflow_run = log_batch(context, corpus, fitted)
            log.info("fit %s: %d fits are in MLflow: %s", corpus, len(fitted), where_to_look(context.settings))
        except NotLogged as error:
            mlflow_run, trouble = NOT_LOGGED, f"fit, corpus {corpus}: {error}"
        where = {"corpus": corpus, "protocol": protocols}
        context.lake.replace_rows("fits", where, [fit_row(fit, mlflow_run) for fit in fitted])
        if note and not trouble:
            context.ledger.write(corpus, STAGE, [SIMILARITY], {note: Outcome()}, context.run)
    return trouble
