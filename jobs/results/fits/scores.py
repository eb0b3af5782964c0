"""The scores that fits are made of: accuracies of the settings' models on their sets, and imported scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from jobs.core.context import Context
from jobs.core.stage_specs import evaluation_spec
from jobs.errors import ConceptfreqError
from jobs.imported.load import imported_specs
from jobs.lake.lake import Lake
from jobs.lake.tables import WHOLE_SET, WHOLE_SET_METRIC


@dataclass(frozen=True)
class Score:
    """A model's performance on a concept of a set; `imported`: somebody else measured it."""

    set: str
    concept: str
    model: str
    prompt: str
    metric: str
    unit: str
    value: float
    samples: int | None
    higher_is_better: bool = True
    imported: bool = False

    @property
    def law(self) -> tuple[str, str, str]:
        """The model, the prompt and the metric: scores with the same are fitted together."""
        return self.model, self.prompt, self.metric


# The columns of the table `evaluations` that a score has.
STORED = ["set", "concept", "model", "prompt", "metric", "unit", "value", "samples"]
CALIBRATION = "calibration_error"

# Scores by what is fitted together.
Groups = dict[tuple[str, str, str], list[Score]]


def read_scores(context: Context) -> Groups:
    """All scores that the settings' models and earlier imports have, by what is fitted together.

    They are sorted by set and concept: how a lake orders its rows then changes no digit of a fit.

    Raises ConceptfreqError if there is none, or if a metric has two directions or units.
    """
    groups: Groups = {}
    for score in sorted((*_evaluated(context), *_imported(context.lake)), key=lambda one: (one.set, one.concept)):
        groups.setdefault(score.law, []).append(score)
    if not groups:
        raise ConceptfreqError(
            f"{context.settings.name}: nothing is evaluated yet: run `conceptfreq evaluate` or `import-scores`"
        )
    for scores in groups.values():
        _refuse_two_meanings(scores)
    return groups


def whole_set_scores(context: Context) -> Iterator[Score]:
    """The scores of the settings' models over whole sets, and beside an accuracy its calibration error."""
    for row in _measured(context, [*STORED, CALIBRATION]):
        error = row.pop(CALIBRATION)
        if row["concept"] == WHOLE_SET:
            yield Score(**row)
            if error is not None:
                wrong = {"metric": f"{WHOLE_SET_METRIC}{CALIBRATION}", "value": error, "higher_is_better": False}
                yield Score(**{**row, **wrong})


def _evaluated(context: Context) -> Iterator[Score]:
    return (Score(**row) for row in _measured(context, STORED) if row["concept"] != WHOLE_SET)


def _measured(context: Context, columns: list[str]) -> Iterator[dict[str, Any]]:
    """The rows of the settings' models on their sets that have a value."""
    evaluate = context.settings.evaluate
    if evaluate is None:
        return
    for one_set, model in product(evaluate.sets, evaluate.models):
        spec = evaluation_spec(one_set, model, context.identities, context.settings.captions).id
        for row in context.lake.rows("evaluations", columns, set=one_set.name, spec=spec, model=model.name):
            if row["value"] is not None and row["prompt"] in ("", *evaluate.prompts):
                yield row


def _imported(lake: Lake) -> Iterator[Score]:
    specs = imported_specs(lake)
    for row in lake.rows("evaluations", [*STORED, "spec"], spec=sorted(specs)) if specs else ():
        # An import that was killed may have left a spec without rows, and never a row without its spec.
        meaning = specs[row.pop("spec")]
        yield Score(**row, higher_is_better=meaning["higher_is_better"], imported=True)


def _refuse_two_meanings(scores: list[Score]) -> None:
    first = scores[0]
    for other in scores:
        for what, was, now in (
            ("unit", first.unit, other.unit),
            ("higher_is_better", first.higher_is_better, other.higher_is_better),
        ):
            if was != now:
                raise ConceptfreqError(
                    f"metric {first.metric} of {first.model}: {what} is {was} on set {first.set} and {now} on set "
                    f"{other.set}: import one of them again, as it is meant or under another metric's name"
                )
