"""Annotations of images: labels that others found in a sample's image, stored beside it with their scores.

The fields are those of DataConcept (A. Ghosh et al., "Concept-Aware Batch Sampling Improves Language-Image
Pretraining", arXiv 2511.20643): `tags` of the whole image with `tag_probs`, and `classes` with `scores`, one for each
of the `bounding_boxes`. Annotations come from the web like everything in a shard: what is wrong with them is said of
their sample, and raises nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
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


@dataclass(frozen=True)
class AnnotationField:
    """A field of labels, one of FIELDS.

    vocabulary: the names to which the scores belong, in order, as DataConcept's own program writes `tag_probs`; empty:
    each score belongs to the label in its place.
    """

    name: str
    vocabulary: tuple[str, ...] = ()

    @property
    def scores(self) -> str:
        """The field of the scores."""
        return FIELDS[self.name]

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each name of the vocabulary, in one spelling."""
        return {spelling(name): place for place, name in enumerate(self.vocabulary)}


def in_json(raw: bytes | None, field: AnnotationField) -> Annotations:
    """The annotations at `field` in a sample's .json; None: the sample has none."""
    if raw is None:
        return Annotations(problem="no annotations: the sample has no .json")
    try:
        found = parsed(raw)
    except ValueError as error:
        return Annotations(problem=str(error))
    if not isinstance(found, dict):
        return Annotations(problem="no annotations: its json is no object")
    return among(found, field)


def among(values: Mapping[str, Any], field: AnnotationField) -> Annotations:
    """The annotations at `field` among the values of a sample by name: its labels, each with its highest score.

    Labels are brought to one spelling (`udfs.text.spellings`). An empty list is an answer: nothing was found.
    """
    if values.get(field.name) is None:
        there = f"null {field.name}" if field.name in values else f"no {field.name}"
        others = f" among {enumerated(list(values))}" if values and field.name not in values else ""
        return Annotations(problem=f"no annotations: {there}{others}")
    try:
        return Annotations(_highest(values, field))
    except ValueError as error:
        return Annotations(problem=f"broken annotations: {error}")


def _highest(values: Mapping[str, Any], field: AnnotationField) -> dict[str, float]:
    labels, scores = _labels(values[field.name], field.name), values.get(field.scores)
    if not isinstance(scores, list):
        raise ValueError(f"{field.name} without a list of {field.scores}")
    if len(labels) > MOST_LABELS:
        raise ValueError(f"{field.name} has {len(labels)} labels, {MOST_LABELS} allowed")
    wanted = len(field.vocabulary) or len(labels)
    if len(scores) != wanted:
        owner = "the vocabulary" if field.vocabulary else field.name
        hint = ": if these are those of a vocabulary, set `vocabulary`" if owner == "tags" else ""
        raise ValueError(f"{owner} has {wanted} labels, and {field.scores} {len(scores)} scores{hint}")
    found: dict[str, float] = {}
    for number, label in enumerate(labels):
        name = _name(label, f"{field.name}[{number}]")
        if field.vocabulary and name not in field.places:
            raise ValueError(f"{field.name}[{number}] is not in the vocabulary")
        place = field.places[name] if field.vocabulary else number
        found[name] = max(_score(scores[place], f"{field.scores}[{place}]"), found.get(name, 0.0))
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
