"""Compares stored and found results sample by sample, by pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from jobs.settings.text_search import Captions
from jobs.verification.reference import holds
from jobs.verification.sample_views import SampleView, Tags, Text
from udfs.counting.matching import Matcher
from udfs.counting.searches import ScoreType
from udfs.text.queries import Query
from udfs.text.substrings import SubstringMatcher

AGREES: Final = "agrees"
TOLERATED: Final = "tolerated"
DIFFERS: Final = "differs"

# Two scores count as equal up to this difference: half precision has 11 bits, and another resizing moves pixels by at
# most 2 of 255 grey levels.
SCORE_TOLERANCE: Final = 2e-3
NOTHING: Final = "nothing"


@dataclass(frozen=True)
class Verdict:
    """One check of one sample: `check` is read, nouns, tags, or a search; differences are in words."""

    check: str
    outcome: str
    threshold: float | None = None
    stored: str = ""
    found: str = ""
    gap: float | None = None


@dataclass(frozen=True)
class Asked:
    """The questions by which concepts are compared: queries, the concepts of labels, thresholds, the tagger's floor."""

    queries: Mapping[str, Query]
    matcher: Matcher | SubstringMatcher
    captions: Captions
    labels: Mapping[str, tuple[str, ...]]
    thresholds: tuple[float, ...]
    floor: float
    score_type: ScoreType = "float32"


def compare(stored: SampleView, found: SampleView, asked: Asked) -> Iterator[Verdict]:
    """Every check for which at least one of the two sides has something."""
    yield compare_read(stored.read, found.read)
    if stored.text or found.text:
        yield compare_nouns(stored.text, found.text)
    if stored.tags or found.tags:
        yield compare_tags(stored.tags, found.tags, asked.floor)
    yield from compare_concepts(stored, found, asked)


def compare_read(stored: Mapping[str, Any] | None, found: Mapping[str, Any] | None) -> Verdict:
    """Compare name, status, caption and the image's place: equal or not."""
    if stored == found:
        return Verdict("read", AGREES)
    names = [name for name in (stored or found or {}) if (stored or {}).get(name) != (found or {}).get(name)]
    return Verdict("read", DIFFERS, stored=_fields(stored, names), found=_fields(found, names))


def _fields(row: Mapping[str, Any] | None, names: list[str]) -> str:
    return NOTHING if row is None else ", ".join(f"{name} {row[name]!r}" for name in names)


def compare_nouns(stored: Text | None, found: Text | None) -> Verdict:
    """Compare status, nouns and positions: equal or not."""
    if stored == found:
        return Verdict("nouns", AGREES)
    return Verdict("nouns", DIFFERS, stored=_nouns(stored), found=_nouns(found))


def _nouns(text: Text | None) -> str:
    if text is None:
        return NOTHING
    nouns = " ".join(f"{key}@{place}" for key, place in zip(text.keys, text.positions, strict=True))
    return nouns if text.status == "ok" and nouns else f"{text.status} {nouns}".rstrip()


def compare_tags(stored: Tags | None, found: Tags | None, floor: float) -> Verdict:
    """Compare status and scores, which may differ by SCORE_TOLERANCE; a score not stored is at most the floor."""
    if stored is None or found is None or stored.status != found.status:
        return Verdict("tags", DIFFERS, stored=_status(stored), found=_status(found))
    gaps = {label: _gap(label, stored, found, floor) for label in {*stored.scores, *found.scores}}
    apart = sorted((label for label, gap in gaps.items() if gap > SCORE_TOLERANCE), key=lambda label: -gaps[label])
    largest = max(gaps.values(), default=0.0)
    if not apart:
        return Verdict("tags", AGREES, gap=largest)
    return Verdict("tags", DIFFERS, None, _scores(stored, apart), _scores(found, apart), largest)


def _gap(label: str, stored: Tags, found: Tags, floor: float) -> float:
    """The difference of the two scores of a label; infinite if the reference does not know the label."""
    if label not in found.scores:
        return float("inf")
    if label not in stored.scores:
        return max(0.0, found.scores[label] - floor)
    return abs(stored.scores[label] - found.scores[label])


def _status(tags: Tags | None) -> str:
    return NOTHING if tags is None else tags.status


def _scores(tags: Tags, labels: list[str]) -> str:
    return ", ".join(f"{label} {tags.scores[label]:.4f}" if label in tags.scores else f"no {label}" for label in labels)


def compare_concepts(stored: SampleView, found: SampleView, asked: Asked) -> Iterator[Verdict]:
    """Compare the concepts of each search: stored results by the stage's matcher, found ones concept by concept."""
    by_text = any(side.text and side.text.usable for side in (stored, found))
    by_image = any(side.tags and side.tags.usable for side in (stored, found))
    said = _said(stored.text, asked), _said_plainly(found.text, asked)
    if by_text and asked.queries:
        yield _of_sets("text", None, *said, frozenset())
    if not (by_image and asked.labels):
        return
    scores = _concept_scores(stored.tags, asked), _concept_scores(found.tags, asked)
    for threshold in asked.thresholds:
        seen = _above(scores[0], threshold, asked.score_type), _above(scores[1], threshold, asked.score_type)
        near = frozenset(concept for concept in seen[0] ^ seen[1] if _is_near(concept, *scores, threshold))
        yield _of_sets("image", threshold, *seen, near)
        if by_text and asked.queries:
            # If the texts differ too, a score near the threshold is no excuse.
            excused = near - (said[0] ^ said[1])
            yield _of_sets("integrated", threshold, said[0] & seen[0], said[1] & seen[1], excused)


def _said(text: Text | None, asked: Asked) -> set[str]:
    if text is None or not text.usable:
        return set()
    concepts = tuple(asked.queries)
    return {concepts[number] for number in asked.matcher.match(text.keys, text.positions)}


def _said_plainly(text: Text | None, asked: Asked) -> set[str]:
    if text is None or not text.usable:
        return set()
    return {concept for concept, query in asked.queries.items() if holds(query, text, asked.captions)}


def _concept_scores(tags: Tags | None, asked: Asked) -> dict[str, float]:
    """The score of each concept that a label stands for: the highest of its labels' scores."""
    scores: dict[str, float] = {}
    for label, score in tags.scores.items() if tags and tags.usable else ():
        for concept in asked.labels.get(label, ()):
            scores[concept] = max(score, scores.get(concept, 0.0))
    return scores


def _above(scores: Mapping[str, float], threshold: float, score_type: ScoreType) -> set[str]:
    kind = np.dtype(score_type).type
    return {concept for concept, score in scores.items() if kind(score) > kind(threshold)}


def _is_near(concept: str, stored: Mapping[str, float], found: Mapping[str, float], threshold: float) -> bool:
    """Whether the stored score is close to the threshold, or the found one if none above the floor is stored."""
    score = stored.get(concept, found.get(concept, 0.0))
    return abs(score - threshold) <= SCORE_TOLERANCE


def _of_sets(
    search: str, threshold: float | None, stored: set[str], found: set[str], tolerated: frozenset[str]
) -> Verdict:
    if stored == found:
        return Verdict(search, AGREES, threshold)
    outcome = TOLERATED if stored ^ found <= tolerated else DIFFERS
    return Verdict(search, outcome, threshold, _names(stored - found), _names(found - stored))


def _names(concepts: set[str]) -> str:
    return ", ".join(sorted(concepts)) or NOTHING
