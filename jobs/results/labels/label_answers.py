"""What the labels of a file say of searches, concepts, frequencies, thresholds and the law, as rows of four tables."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jobs.core.context import Context
from jobs.errors import ConceptfreqError
from jobs.results.fits.fit_inputs import fit_inputs, under_first_protocol
from jobs.results.fits.fitted import FitInput
from jobs.results.labels.asked_pairs import ask_pairs, count_cells
from jobs.results.labels.corrected_frequencies import CorrectedLaw, corrected_laws, corrected_rows
from jobs.results.labels.hit_rates import concept_rows, hit_rows
from jobs.results.labels.label_file import Label, ReadLabels
from jobs.results.labels.labelled_cells import LabelledCells, in_cells

log = logging.getLogger(__name__)

# Refused rows that are named.
NAMED = 5
Rows = Sequence[dict[str, Any]]


@dataclass(frozen=True)
class LabelAnswers:
    """What the labels say, by corpus and judged half; each table is made when it is asked for.

    least_precision: see `ThresholdChoices.best`.
    """

    judged: Sequence[LabelledCells]
    items: Sequence[FitInput]
    least_precision: float | None

    @cached_property
    def hits(self) -> Rows:
        """Rows of HITS."""
        return [row for one in self.judged for row in hit_rows(one)]

    @cached_property
    def concepts(self) -> Rows:
        """Rows of CONCEPT_HITS."""
        return [row for one in self.judged for row in concept_rows(one)]

    @cached_property
    def frequencies(self) -> Rows:
        """Rows of CORRECTED."""
        return [row for one in self.judged for row in corrected_rows(one, self.least_precision)]

    @cached_property
    def laws(self) -> Sequence[CorrectedLaw]:
        """The laws, whose rows are of CORRECTED_LAWS."""
        return [law for one in self.judged for law in corrected_laws(one, self.items)]


def answers_of(
    context: Context, read: ReadLabels, concept_list: str | None, least_precision: float | None
) -> LabelAnswers:
    """What the labels of a file say. Raises ConceptfreqError if no label can be used."""
    _tell(read)
    judged = [_in_cells(context, labels, concept_list) for labels in _by_corpus(read.labels)]
    return LabelAnswers(judged, _fits(context), least_precision)


def _in_cells(context: Context, labels: Sequence[Label], concept_list: str | None) -> LabelledCells:
    """The labels of one corpus, of which one half is judged, in the lake's cells."""
    corpus = context.settings.corpus(labels[0].corpus)
    found = in_cells(count_cells(context, ask_pairs(context, corpus, labels[0].judged, concept_list)), labels)
    if found.unsure:
        log.info("%s: %d pairs whose label is unsure are left out", corpus.name, found.unsure)
    return found


def _by_corpus(labels: Sequence[Label]) -> list[list[Label]]:
    """The labels by corpus and judged half."""
    if not labels:
        raise ConceptfreqError("the file has no label yet: judge its pairs first (yes, no or unsure)")
    found: dict[tuple[str, str], list[Label]] = {}
    for one in labels:
        found.setdefault((one.corpus, one.judged), []).append(one)
    return [found[key] for key in sorted(found)]


def _fits(context: Context) -> list[FitInput]:
    """The fits of the settings; none without the section `fit`, or if nothing is evaluated yet."""
    if context.settings.fit is None:
        return []
    try:
        return under_first_protocol(fit_inputs(context, context.settings.corpora))
    except ConceptfreqError as refusal:
        log.warning("the law is not corrected: %s", refusal)
        return []


def _tell(read: ReadLabels) -> None:
    log.info("%d labels; %d pairs wait for one", len(read.labels), read.empty)
    for one in read.refused[:NAMED]:
        log.warning("%s", one)
    if len(read.refused) > NAMED:
        log.warning("and %d more rows are refused", len(read.refused) - NAMED)
