"""Reads the meaning of a file of the published results from its folder and its name.

The names of sets and of corpora both hold `-`, `_` and digits, so a file's name is split at one of the layout's
corpora; the longest is tried first. Nothing is guessed: a name that does not fit is refused with the reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import get_args

from jobs.published.layout import Kind, ReleaseLayout
from jobs.settings.image_search import Prompt

_COUNTS = re.compile(
    r"(?P<names>.+)_(?:rampp(?P<image>\d+(?:\.\d+)?)|(?P<text>lemmatized|lowercased)"
    r"|integrated_t(?P<both>lemmatized|lowercased)_i(?P<threshold>\d+(?:\.\d+)?))_search_counts\.json"
)
_ZERO_SHOT = re.compile(rf"(?P<set>.+)_(?P<prompt>{'|'.join(get_args(Prompt))})_results\.json")
_RETRIEVAL = re.compile(r"(?P<set>.+)_(?P<way>i2t|t2i)_k=(?P<k>[1-9]\d*)_results\.json")
_TEXT_TO_IMAGE = re.compile(r"t2i_(?P<metric>.+)\.json")
_MISALIGNMENT = re.compile(r"(?P<corpus>.+)_misalignment_degree\.json")


class UnexpectedName(ValueError):
    """A file's name does not tell its meaning; the message says what was expected."""


@dataclass(frozen=True)
class CountFile:
    """Frequencies of a set's concepts in a corpus. Text search has a method, image a threshold, integrated both."""

    set: str
    corpus: str
    search: str
    method: str | None
    threshold: float | None


@dataclass(frozen=True)
class EvaluationFile:
    """Performance of models on a set; the prompt is empty except for zero-shot classification."""

    kind: Kind
    set: str
    prompt: str
    metric: str


@dataclass(frozen=True)
class MisalignmentFile:
    """A corpus's misaligned samples."""

    corpus: str


Meaning = CountFile | EvaluationFile | MisalignmentFile


def meaning(kind: Kind, name: str, layout: ReleaseLayout) -> Meaning:
    """The meaning of the file of that name in a folder of that kind. Raises UnexpectedName."""
    if kind == "search_counts":
        return _count_file(name, layout)
    if kind == "zero_shot":
        found = _matched(_ZERO_SHOT, name, "{set}_{prompt}_results.json, prompt class, simple or ensemble")
        return EvaluationFile(kind, found["set"], found["prompt"], "accuracy")
    if kind == "retrieval":
        found = _matched(_RETRIEVAL, name, "{set}_{i2t|t2i}_k={k}_results.json")
        return EvaluationFile(kind, found["set"], "", f"{found['way']}_recall@{found['k']}")
    if kind == "t2i":
        return EvaluationFile(kind, "t2i", "", _matched(_TEXT_TO_IMAGE, name, "t2i_{metric}.json")["metric"])
    corpus = _matched(_MISALIGNMENT, name, "{corpus}_misalignment_degree.json")["corpus"]
    if corpus not in layout.corpora:
        raise UnexpectedName(f"corpus '{corpus}' is not known; corpora: {', '.join(layout.corpora)}")
    return MisalignmentFile(corpus)


def _count_file(name: str, layout: ReleaseLayout) -> CountFile:
    found = _matched(
        _COUNTS,
        name,
        "{set}_{corpus}_{search}_search_counts.json, search rampp0.7, lemmatized, lowercased or "
        "integrated_tlemmatized_i0.7 (thresholds vary)",
    )
    names, corpora = found["names"], sorted(layout.corpora, key=len, reverse=True)
    corpus = next((corpus for corpus in corpora if re.fullmatch(f".+_{re.escape(corpus)}", names)), None)
    if corpus is None:
        raise UnexpectedName(f"'{names}' ends in no known corpus; corpora: {', '.join(layout.corpora)}")
    one_set = names.removesuffix(f"_{corpus}")
    if found["text"]:
        return CountFile(one_set, corpus, "text", found["text"], None)
    threshold = float(found["image"] or found["threshold"])
    if not 0 <= threshold < 1:
        raise UnexpectedName(f"a threshold from 0 to below 1 is expected, found {threshold:g}")
    return CountFile(one_set, corpus, "integrated" if found["both"] else "image", found["both"], threshold)


def _matched(pattern: re.Pattern[str], name: str, expected: str) -> re.Match[str]:
    found = pattern.fullmatch(name)
    if found is None:
        raise UnexpectedName(f"the name is not like {expected}")
    return found
