"""Frequencies and evaluations to fits: one MLflow run a batch of fits, one row a fit."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from jobs.core.context import Context
from jobs.core.mlflow_store import NotLogged
from jobs.core.stage import Result
from jobs.errors import SettingsError
from jobs.lake.lease import Lease
from jobs.results.fit_inputs import FitInput, fit_inputs
from jobs.results.tracking import Fitted, log_batch
from jobs.settings.corpora import Corpus
from jobs.settings.law import Fit

log = logging.getLogger(__name__)

STAGE = "fit"
# In the place of a run: the fits wait to be logged.
NOT_LOGGED = ""
# Columns of the table that are a law's, and those of its pool of concepts.
LAW = (
    "r", "p", "bins", "empty_bins", "concepts", "r_inner", "r_all", "r_unbinned",
    "slope_per_decade", "slope_low", "slope_high", "intercept",
)  # fmt: skip
POOLED = ("distinct", "zeros", "r2", "spearman", "sets_low", "sets_high", "slope_within", "within_low", "within_high")


def run(context: Context, corpus: Corpus) -> Result:
    """Fit to a corpus's frequencies what has not been fitted, or not logged, from the same inputs.

    Fits are stored even if MLflow does not take them: the result's troubles say why it did not. A fit that cannot be
    made (too few bins, all frequencies equal) is logged and left out; the report names it too.
    """
    settings = context.settings.fit
    if settings is None:
        raise SettingsError(f"{context.settings.name}: fitting needs the section 'fit'")
    inputs = fit_inputs(context, [corpus])
    rows = context.lake.rows("fits", ["inputs", "mlflow_run"], corpus=corpus.name)
    logged = {row["inputs"] for row in rows if row["mlflow_run"] != NOT_LOGGED}
    # Fits take a thousand draws each: those that are there are made again only if others are new.
    new = [item for item in inputs if item.digest(settings) not in logged]
    if not any(_fit(item, settings) for item in new):
        return Result()
    fitted = [fit for item in inputs if (fit := _fit(item, settings))]
    trouble = _write(context, corpus.name, sorted({item.protocol.name for item in inputs}), fitted)
    return Result(written=["fits"], troubles=[trouble] if trouble else [])


def announce(context: Context) -> list[str]:
    """What the stage would do."""
    return ["fit: what the counts and evaluations above change"]


def _fit(item: FitInput, settings: Fit) -> Fitted | None:
    try:
        return Fitted(item, item.fit(settings), item.describe(settings), item.digest(settings))
    except ValueError as refusal:
        log.warning("fit %s, protocol %s: not made: %s", item.title, item.protocol.name, refusal)
        return None


def _write(context: Context, corpus: str, protocols: list[str], fitted: list[Fitted]) -> str | None:
    """Log the fits and store them; why they could not be logged."""
    trouble = None
    with Lease(context.lake, corpus, STAGE, context.settings.lease_seconds).hold():
        context.record_run()
        try:
            mlflow_run = log_batch(context, corpus, fitted)
        except NotLogged as error:
            mlflow_run, trouble = NOT_LOGGED, f"fit, corpus {corpus}: {error}"
        where = {"corpus": corpus, "protocol": protocols}
        context.lake.replace_rows("fits", where, [_row(fit, mlflow_run) for fit in fitted])
    return trouble


def _row(fitted: Fitted, mlflow_run: str) -> dict[str, object]:
    item = fitted.item
    return {
        **{key: getattr(item, key) for key in ("corpus", "search", "threshold", "model", "prompt", "metric")},
        "sets": ",".join(item.sets),
        "protocol": item.protocol.name,
        **{key: getattr(fitted.law, key) for key in LAW},
        **{key: getattr(fitted.pooled, key) for key in POOLED},
        "inputs": fitted.inputs,
        "mlflow_run": mlflow_run,
        "fitted": datetime.now(UTC),
    }
