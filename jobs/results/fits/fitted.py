"""A fit as one record of its inputs and results. Tables, MLflow, the report and lookups share it.

This needs no table and no Spark.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from jobs.analysis.forms.compared import Forms
from jobs.analysis.forms.comparison import compare_forms
from jobs.analysis.law import Law, fit_law
from jobs.analysis.line import log_frequency
from jobs.analysis.pooled import Pooled, describe
from jobs.analysis.prediction import Predictor, predictor
from jobs.analysis.protocol import Protocol
from jobs.analysis.search_words import above, metric_title

# What names a fit, but for its sets and its protocol.
KEY = ("corpus", "search", "threshold", "model", "prompt", "metric")


@dataclass(frozen=True)
class FitInput:
    """The key of a fit, and its concepts' names, sets, frequencies (samples) and scores, all of equal length.

    `images`: how many images each score is computed from, if that is known. `left_out` are the concepts that have a
    score but that the search cannot answer. `unit`: of the scores: share (0 to 1), percent, or score for any other.
    """

    corpus: str
    search: str
    threshold: float | None
    sets: tuple[str, ...]
    model: str
    prompt: str
    metric: str
    protocol: Protocol
    names: tuple[str, ...]
    set_of: tuple[str, ...]
    frequency: tuple[int, ...]
    score: tuple[float, ...]
    images: tuple[int | None, ...]
    left_out: tuple[str, ...] = ()
    unit: str = "share"
    higher_is_better: bool = True

    @property
    def key(self) -> dict[str, str | float | None]:
        """The fields of KEY."""
        return {name: getattr(self, name) for name in KEY}

    @property
    def title(self) -> str:
        """The key in words; scores without prompts are told apart by their metric."""
        return f"{self.corpus}, {above(self.search, self.threshold)}, {self.model}, {self.prompt or self.metric}"

    @property
    def metric_title(self) -> str:
        """The metric, with its direction if a lower value is the better one."""
        return metric_title(self.metric, self.higher_is_better)

    @property
    def are_shares(self) -> bool:
        """Whether the scores are shares, which end at 0 and 1 and have a binomial noise."""
        return self.unit == "share"

    def fit(self) -> Fitted:
        """The fit over these concepts. Raises ValueError with the reason if there is none."""
        law = fit_law(self.frequency, self.score, self.protocol)
        least = self.protocol.zero_becomes
        images = self.images if self.are_shares else None
        return Fitted(self, law, _described(self.names, self.set_of, self.frequency, self.score, least, images))

    def forms(self) -> Forms:
        """The forms of the law compared over these concepts. Raises ValueError with the reason if they cannot be."""
        return _compared(self.names, self.set_of, self.frequency, self.score, self.protocol.zero_becomes)


@dataclass(frozen=True)
class Fitted:
    """A fit: its input, the law over the protocol's bins, and statistics over the concepts without bins."""

    item: FitInput
    law: Law
    pooled: Pooled

    @cached_property
    def predictor(self) -> Predictor:
        """Predicts single scores. No table keeps it: it is computed on request."""
        x = log_frequency(self.item.frequency, self.item.protocol.zero_becomes)
        return predictor(x, np.asarray(self.item.score, np.float64), self.item.are_shares)


# The protocols of one pool follow one another, and its mixed model takes up to a second.
_described = lru_cache(maxsize=1)(describe)
# MLflow and the page of one run ask for the same forms.
_compared = lru_cache(maxsize=32)(compare_forms)
