"""Annotations of images: labels that others found in a sample's image, stored beside it with their scores.

The fields are those of DataConcept (A. Ghosh et al., "Concept-Aware Batch Sampling Improves Language-Image
Pretraining", arXiv 2511.20643): `tags` of the whole image with `tag_probs`, and `classes` with `scores`, one for each
of the `bounding_boxes`. Annotations come from the web like everything in a shard: what is wrong with them is said of
their sample, and raises nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from udfs.shards.caption_text import clean_caption
from udfs.shards.fields import enumerated
from udfs.shards.metadata import parsed
from udfs.shards.samples import Annotations
from udfs.text.spellings import spelling

# The fields of labels, each with the field of their scores.
FIELDS: Final[Mapping[str, str]] = {"classes": "scores", "tags": "tag_probs"}
# Between the labels of a field that is one text.
SEPARATOR: Final = "|"
# No vocabulary has more labels (RAM++: 4,585, DataConcept: 12,253) or longer ones.
MOST_LABELS: Final = 1 << 16
LONGEST_LABEL: Final = 1_000
# How far above 1 the mean of probabilities may be by rounding in float32.
ROUNDING: Final = 1e-6


def in_json(raw: bytes | None, field: str) -> Annotations:
    """The annotations at `field`, one of FIELDS, in a sample's .json; None: the sample has none."""
    if raw is None:
        return Annotations(problem="no annotations: the sample has no .json")
    try:
        found = parsed(raw)
    except ValueError as error:
        return Annotations(problem=str(error))
    if not isinstance(found, dict):
        return Annotations(problem="no annotations: its json is no object")
    return among(found, field)


def among(values: Mapping[str, Any], field: str) -> Annotations:
    """The annotations at `field` among the values of a sample by name: its labels, each with its highest score.

    Labels are brought to one spelling (`udfs.text.spellings`). An empty list is an answer: nothing was found.
    """
    if values.get(field) is None:
        there = f"null {field}" if field in values else f"no {field}"
        others = f" among {enumerated(list(values))}" if values and field not in values else ""
        return Annotations(problem=f"no annotations: {there}{others}")
    try:
        return Annotations(_highest(values, field))
    except ValueError as error:
        return Annotations(problem=f"broken annotations: {error}")


def _highest(values: Mapping[str, Any], field: str) -> dict[str, float]:
    labels, scores = _labels(values[field], field), values.get(FIELDS[field])
    if not isinstance(scores, list):
        raise ValueError(f"{field} without a list of {FIELDS[field]}")
    if len(labels) != len(scores):
        raise ValueError(f"{field} has {len(labels)} labels, and {FIELDS[field]} {len(scores)} scores")
    if len(labels) > MOST_LABELS:
        raise ValueError(f"{field} has {len(labels)} labels, {MOST_LABELS} allowed")
    found: dict[str, float] = {}
    for place, (label, score) in enumerate(zip(labels, scores, strict=True)):
        name, number = _name(label, f"{field}[{place}]"), _score(score, f"{FIELDS[field]}[{place}]")
        found[name] = max(number, found.get(name, 0.0))
    return found


def _labels(value: Any, field: str) -> list[Any]:
    if isinstance(value, list):
        return value
    if not isinstance(value, str):
        raise ValueError(f"{field} is neither a list nor a text")
    return value.split(SEPARATOR) if value.strip() else []


def _name(label: Any, place: str) -> str:
    if not isinstance(label, str):
        raise ValueError(f"{place} is no text")
    if len(label) > LONGEST_LABEL:
        raise ValueError(f"{place} has {len(label)} characters, {LONGEST_LABEL} allowed")
    name = spelling(clean_caption(label)[0] or "")
    if not name:
        raise ValueError(f"{place} is empty")
    return name


def _score(score: Any, place: str) -> float:
    # The comparison is False for NaN.
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1 + ROUNDING:
        raise ValueError(f"{place} is no number from 0 to 1")
    return min(float(score), 1.0)
