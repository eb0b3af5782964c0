"""What the settings' models take each class of their sets for, how often, and how sure they are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, Final

import pyarrow as pa

from jobs.core.context import Context
from jobs.core.stage_specs import evaluation_spec
from jobs.errors import ConceptfreqError, SettingsError
from jobs.lake.tables import WHOLE_SET

CLASS_ROWS: Final = pa.schema(
    [
        ("set", pa.string()),
        ("model", pa.string()),
        ("prompt", pa.string()),
        ("concept", pa.string()),
        ("images", pa.int64()),
        ("accuracy", pa.float64()),
        ("predicted", pa.int64()),
        ("confused_with", pa.string()),
        ("confused", pa.int64()),
        ("confidence", pa.float64()),
        ("calibration_error", pa.float64()),
    ]
)
# The columns of the table `evaluations` that have other names here.
STORED: Final = {"images": "samples", "accuracy": "value"}


def class_scores(context: Context) -> list[dict[str, Any]]:
    """Rows of CLASS_ROWS of every classification set and model, the worst classes of each prompt first.

    Rows that an earlier release measured have nothing but images and accuracy. Raises SettingsError without the section
    `evaluate`, and ConceptfreqError if nothing is evaluated yet.
    """
    if context.settings.evaluate is None:
        raise SettingsError(f"{context.settings.name}: classes have scores by the section 'evaluate'")
    rows = sorted(_rows(context), key=_place)
    if not rows:
        raise ConceptfreqError(
            f"{context.settings.name}: no classification set is evaluated yet: run `conceptfreq evaluate`"
        )
    return rows


def _rows(context: Context) -> Iterator[dict[str, Any]]:
    evaluate = context.settings.evaluate
    assert evaluate is not None
    labelled = [one for one in evaluate.sets if one.task == "classification"]
    columns = [STORED.get(name, name) for name in CLASS_ROWS.names]
    for one_set, model in product(labelled, evaluate.models):
        spec = evaluation_spec(one_set, model, context.identities).id
        for row in context.lake.rows("evaluations", columns, set=one_set.name, spec=spec, model=model.name):
            if row["prompt"] in evaluate.prompts and row["concept"] != WHOLE_SET:
                yield {name: row[STORED.get(name, name)] for name in CLASS_ROWS.names}


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    """By set, model and prompt; then by accuracy, classes without images last."""
    accuracy = row["accuracy"]
    return row["set"], row["model"], row["prompt"], accuracy is None, accuracy or 0, row["concept"]
