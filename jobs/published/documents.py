"""Reads one JSON file of the published results: frequencies, scores or misalignment, or the reason why it has none.

Everything usable in a file is used, and nothing is guessed. Whatever is left out is noted with the reason and the names
that it concerns.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any

# The largest BIGINT of Delta.
LARGEST_COUNT = 2**63 - 1
COUNT = "misalignment_counts"
DEGREE_FOUND = "misalignment_degree (percent); extracted dataset size"
DEGREE = "misalignment_degree (percent); fixed conservative dataset size"
# The degrees of n and of n + 1 samples differ by more than 1e-9 of their value for every published corpus (4e8 samples
# at most). So a degree in full precision determines n, and a rounded degree determines none.
SAME_DEGREE = 1e-12


class Unusable(ValueError):
    """Nothing in the file can be used; the message is the reason."""


@dataclass
class Notes:
    """The parts of a file that were left out: reason -> the names that it concerns."""

    left_out: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, name: str) -> None:
        """Note that the part called `name` was left out."""
        self.left_out.setdefault(reason, []).append(name)


@dataclass(frozen=True)
class ModelScore:
    """A model's value on a concept; `samples` is the number of scores of which it is the mean, None if not known."""

    model: str
    concept: str
    value: float | None
    samples: int | None = None


@dataclass(frozen=True)
class MisalignmentTotals:
    """Misaligned samples, max(|I|, |T|), and the corpus's size that the authors fixed; each is None if not known."""

    misaligned: int | None = None
    found: int | None = None
    samples: int | None = None


def read(data: bytes, notes: Notes) -> dict[str, Any]:
    """The object in a JSON file; if a key is given twice, the first is kept. Raises Unusable."""

    def first_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for key, value in pairs:
            if key in kept:
                notes.add("given twice, the first is kept", key)
            else:
                kept[key] = value
        return kept

    if not data.strip():
        raise Unusable("the file is empty")
    try:
        found = json.loads(data.decode("utf-8-sig"), object_pairs_hook=first_of_each)
    except (ValueError, RecursionError) as error:
        raise Unusable(f"not JSON: {error}") from None
    if not isinstance(found, dict):
        raise Unusable(f"an object is expected, found {_kind(found)}")
    if not found:
        raise Unusable("the object is empty")
    return found


def counts(document: dict[str, Any], notes: Notes) -> dict[str, int]:
    """Frequencies by concept, from `{concept: count}`."""
    found = {}
    for concept, value in document.items():
        fault = name_fault(concept, "concept") or count_fault(value)
        if fault:
            notes.add(fault, concept)
        else:
            found[concept] = int(value)
    return found


def scores(document: dict[str, Any], key: str, notes: Notes) -> list[ModelScore]:
    """Values from `{model: {key: {concept: number}}}`; they are shares or percentages, so anything from 0 to 100."""
    found = []
    for model, values in _by_model(document, key, notes).items():
        for concept, value in values.items():
            fault = name_fault(concept, "concept") or _number_fault(value)
            if fault is None and not 0 <= value <= 100:
                fault = "not within 0 to 100"
            if fault:
                notes.add(fault, f"{model}: {concept}")
            else:
                found.append(ModelScore(model, concept, float(value)))
    return found


def mean_scores(document: dict[str, Any], key: str, notes: Notes) -> list[ModelScore]:
    """Means from `{model: {key: {concept: [number, ...]}}}`; without a score the mean is None, over 0 samples."""
    found = []
    for model, values in _by_model(document, key, notes).items():
        for concept, listed in values.items():
            name = f"{model}: {concept}"
            fault = name_fault(concept, "concept")
            if fault is None and not isinstance(listed, list):
                fault = f"a list of scores is expected, found {_kind(listed)}"
            if fault:
                notes.add(fault, name)
            else:
                usable = _usable(listed, name, notes)
                # Each value is divided first, so that no sum can overflow.
                mean = math.fsum(value / len(usable) for value in usable) if usable else None
                found.append(ModelScore(model, concept, mean, len(usable)))
    return found


def misalignment(document: dict[str, Any], notes: Notes) -> MisalignmentTotals:
    """A corpus's count of misaligned samples, and the denominators of its two degrees.

    A degree is a share, although its name says percent. If it gives no whole number, the denominator is None.
    """
    count: Any = document.get(COUNT)
    fault = count_fault(count)
    if fault:
        notes.add(fault, COUNT)
        return MisalignmentTotals()
    misaligned = int(count)
    found, samples = (_denominator(misaligned, document, key, notes) for key in (DEGREE_FOUND, DEGREE))
    return MisalignmentTotals(misaligned, found, samples)


def _denominator(misaligned: int, document: dict[str, Any], key: str, notes: Notes) -> int | None:
    degree = document.get(key)
    if isinstance(degree, float) and misaligned and misaligned / 2**62 < degree <= 1:
        whole = round(misaligned / degree)
        if math.isclose(misaligned / whole, degree, rel_tol=SAME_DEGREE):
            return whole
    notes.add(f"{misaligned} divided by it is no whole number of samples", key)
    return None


def count_fault(value: Any) -> str | None:
    """The reason why a value is no count; None if it is one. A whole number may be written as 5.0."""
    fault = _number_fault(value)
    if fault:
        return fault
    if value != int(value):
        return "not a whole number"
    if value < 0:
        return "negative"
    return "too large" if value > LARGEST_COUNT else None


def _by_model(document: dict[str, Any], key: str, notes: Notes) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for model, body in document.items():
        values: Any = body.get(key) if isinstance(body, dict) else None
        fault = name_fault(model, "model")
        if fault is None and not isinstance(values, dict):
            fault = f"an object '{key}' of the model is expected"
        if fault is None and not values:
            fault = f"the model's '{key}' is empty"
        if fault:
            notes.add(fault, model)
        else:
            found[model] = values
    return found


def _usable(listed: list[Any], name: str, notes: Notes) -> list[float]:
    for value in listed:
        fault = _number_fault(value)
        if fault:
            notes.add(f"a score: {fault}", name)
    return [float(value) for value in listed if not _number_fault(value)]


def name_fault(name: str, what: str) -> str | None:
    """The reason why no `what` can have this name: it is empty, or holds a lone surrogate, which no table can hold."""
    if not name.strip():
        return f"empty {what} name"
    try:
        name.encode()
    except UnicodeEncodeError:
        return f"{what} name that is no text"
    return None


def _number_fault(value: Any) -> str | None:
    if value is None:
        return "null"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"not a number but {_kind(value)}"
    try:
        return None if math.isfinite(value) else "not a finite number"
    except OverflowError:
        return "too large"


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "a truth value"}
    return names.get(type(value), "null" if value is None else "a number")
