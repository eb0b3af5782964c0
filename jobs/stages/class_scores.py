"""The scores of classes from what their images are taken for."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from jobs.analysis.calibration import calibration_error
from jobs.lake.tables import WHOLE_SET, WHOLE_SET_METRIC
from udfs.statuses import OK

log = logging.getLogger(__name__)

METRIC: Final = "accuracy"


@dataclass(frozen=True)
class ClassTally:
    """Images of one class that are taken for one name under one prompt, in a bin of confidence.

    confidence: the sum over the images. The last fields are None for images that cannot be seen.
    """

    concept: str | None
    prompt: str
    status: str
    predicted: str | None
    bin: int | None
    images: int
    confidence: float | None

    @property
    def usable(self) -> bool:
        """Whether the images count: each can be seen, and its class is known."""
        return self.status == OK


def class_rows(tallies: Sequence[ClassTally], names: Sequence[str], prompts: Sequence[str]) -> list[dict[str, Any]]:
    """One row of the table `evaluations` per class and prompt, without a value if no image of the class is usable."""
    by_class: dict[tuple[str | None, str], list[ClassTally]] = defaultdict(list)
    predicted: Counter[tuple[str | None, str]] = Counter()
    for one in tallies:
        if one.usable:
            by_class[one.concept, one.prompt].append(one)
            predicted[one.predicted, one.prompt] += one.images
    return [
        {
            "concept": name,
            "prompt": prompt,
            "metric": METRIC,
            "predicted": predicted[name, prompt],
            **_scores(by_class[name, prompt]),
        }
        for prompt in prompts
        for name in dict.fromkeys(names)
    ]


def whole_set_rows(of_set: str, model: str, tallies: Sequence[ClassTally]) -> list[dict[str, Any]]:
    """One row of the table `evaluations` per prompt for all usable images of a set, and a line of the log."""
    rows = []
    for prompt in sorted({one.prompt for one in tallies}):
        whole = _scores([one for one in tallies if one.prompt == prompt and one.usable])
        if whole["samples"]:
            kept = {name: whole[name] for name in ("value", "samples", "confidence", "calibration_error")}
            rows.append({"concept": WHOLE_SET, "prompt": prompt, "metric": f"{WHOLE_SET_METRIC}{METRIC}", **kept})
            log.info(
                "%s %s, %s: accuracy %.4f over %d images, mean confidence %.4f, expected calibration error %.4f",
                of_set, model, prompt, whole["value"], whole["samples"], whole["confidence"],
                whole["calibration_error"],
            )  # fmt: skip
    return rows


def _scores(tallies: Iterable[ClassTally]) -> dict[str, Any]:
    """Accuracy, the commonest error and the calibration over usable images."""
    bins: dict[int | None, list[float]] = defaultdict(lambda: [0, 0, 0.0])
    wrong: Counter[str] = Counter()
    for one in tallies:
        right = one.images if one.predicted == one.concept else 0
        bins[one.bin] = [
            sum(pair) for pair in zip(bins[one.bin], (one.images, right, one.confidence or 0), strict=True)
        ]
        if not right and one.predicted is not None:
            wrong[one.predicted] += one.images
    images, right, confidence = np.array(list(bins.values()) or [[0, 0, 0.0]]).T
    count = int(images.sum())
    confused_with, confused = min(wrong.items(), key=lambda item: (-item[1], item[0]), default=(None, None))
    return {
        "value": float(right.sum()) / count if count else None,
        "samples": count,
        "confused_with": confused_with,
        "confused": confused,
        "confidence": float(confidence.sum()) / count if count else None,
        "calibration_error": calibration_error(images, right, confidence),
    }
