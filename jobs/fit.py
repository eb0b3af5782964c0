"""Frequencies and evaluations to fits: one MLflow run a batch of fits, one row a fit."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from jobs.core.context import Context
from jobs.core.errors import SettingsError
from jobs.core.lease import Lease
from jobs.core.settings import Fit
from jobs.laws import FitInput, fit_inputs
from jobs.tracking import Fitted, log_batch

log = logging.getLogger(__name__)

STAGE = "fit"
# Columns of the table that are a law's, and those of its pool of concepts.
LAW = (
    "r", "p", "bins", "empty_bins", "concepts", "r_inner", "r_all", "r_unbinned",
    "slope_per_decade", "slope_low", "slope_high", "intercept",
)  # fmt: skip
POOLED = ("distinct", "zeros", "r2", "spearman", "sets_low", "sets_high", "slope_within", "within_low", "within_high")


def run(context: Context) -> list[str]:
    """Fit what has not been fitted from the same inputs; the tables that were written.

    A fit that cannot be made (too few bins, all frequencies equal) is said and left out; the report says it too.
    """
    settings = context.settings.fit
    if settings is None:
        raise SettingsError(f"{context.settings.name}: fitting needs the section 'fit'")
    inputs = fit_inputs(context.lake, context.settings)
    written = []
    for corpus in context.settings.corpora:
        fitted = [fit for item in inputs if item.corpus == corpus.name and (fit := _fit(item, settings))]
        stored = {row["inputs"] for row in context.lake.rows("fits", ["inputs"], corpus=corpus.name)}
        if fitted and {fit.inputs for fit in fitted} - stored:
            _write(context, corpus.name, sorted({item.protocol.name for item in inputs}), fitted)
            written.append("fits")
    return written


def _fit(item: FitInput, settings: Fit) -> Fitted | None:
    try:
        return Fitted(item, item.fit(settings), item.describe(settings), item.digest(settings))
    except ValueError as refusal:
        log.warning("fit %s, protocol %s: not made: %s", item.title, item.protocol.name, refusal)
        return None


def _write(context: Context, corpus: str, protocols: list[str], fitted: list[Fitted]) -> None:
    with Lease(context.lake, corpus, STAGE, context.settings.lease_seconds).hold():
        context.record_run()
        mlflow_run = log_batch(context, corpus, fitted)
        where = {"corpus": corpus, "protocol": protocols}
        context.lake.replace_rows("fits", where, [_row(fit, mlflow_run) for fit in fitted])


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
