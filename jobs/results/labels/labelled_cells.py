"""Labels in the cells of a corpus: how many pairs of each concept and stratum are labelled, and how many are right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from jobs.analysis.labels.concept_rates import RightPairs, right_pairs
from jobs.analysis.labels.corrected_slope import GROUPS
from jobs.analysis.labels.rates import StratumLabels
from jobs.errors import ConceptfreqError
from jobs.results.labels.asked_pairs import PairCells
from jobs.results.labels.label_file import UNSURE, YES, Label
from jobs.results.labels.strata import NAME_OF_NOTHING

Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LabelledCells:
    """Labels (n,) of found pairs by concept, stratum and group, and whether each is right.

    chances (concepts, strata): of the pairs of each cell to be drawn, 1 where no label says it. nothing, nothing_right
    (m,): the concepts of labelled pairs that nothing finds, and whether each is right. unsure: how many labels say so;
    they count as none.
    """

    cells: PairCells
    concept: Counts
    stratum: Counts
    group: Counts
    right: NDArray[np.bool_]
    chances: NDArray[np.float64]
    nothing: Counts
    nothing_right: NDArray[np.bool_]
    unsure: int

    @cached_property
    def counts(self) -> tuple[Counts, Counts]:
        """The labelled pairs and the right ones, both (concepts, strata)."""
        return self._counts(np.ones(len(self.group), bool))

    def strata(self, concepts: NDArray[np.bool_]) -> list[StratumLabels]:
        """The labels of some concepts by stratum; those of pairs that nothing finds are one cell, and come last."""
        kept = (one[concepts].T for one in (self.cells.pairs, self.chances, *self.counts))
        mine = concepts[self.nothing]
        numbers = self.cells.unfound_of(concepts), mine.sum(), (self.nothing_right & mine).sum()
        pairs, labelled, right = (np.array([one], np.int64) for one in numbers)
        # All of them have one chance, so that it changes no rate.
        return [*map(StratumLabels, *kept), StratumLabels(pairs, np.ones(1), labelled, right)]

    @cached_property
    def estimated(self) -> RightPairs:
        """The right pairs of each cell: (concepts, strata)."""
        return right_pairs(self.cells.pairs, *self.counts)

    @cached_property
    def without_each_group(self) -> list[RightPairs]:
        """The same without the labels of one group, for each of them."""
        return [right_pairs(self.cells.pairs, *self._counts(self.group != group)) for group in range(GROUPS)]

    def _counts(self, kept: NDArray[np.bool_]) -> tuple[Counts, Counts]:
        labelled, right = np.zeros_like(self.cells.pairs), np.zeros_like(self.cells.pairs)
        at = self.concept[kept], self.stratum[kept]
        np.add.at(labelled, at, 1)
        np.add.at(right, at, self.right[kept])
        return labelled, right


def in_cells(cells: PairCells, labels: Sequence[Label]) -> LabelledCells:
    """The labels of a corpus in its cells.

    Raises ConceptfreqError if the labels were drawn from other pairs than the lake holds now, or by two draws.
    """
    concepts = {name: at for at, name in enumerate(cells.asked.names)}
    strata = {one.name: at for at, one in enumerate(cells.strata)}
    for label in labels:
        _refuse_other_lake(cells, label, concepts, strata)
    _refuse_two_draws(labels)
    said = [one for one in _mixed(labels) if one.said != UNSURE]
    found = [one for one in said if one.stratum != NAME_OF_NOTHING]
    unfound = [one for one in said if one.stratum == NAME_OF_NOTHING]
    concept = np.array([concepts[one.concept] for one in found], np.int64)
    stratum = np.array([strata[one.stratum] for one in found], np.int64)
    chances = np.ones(cells.pairs.shape)
    chances[concept, stratum] = [one.chance for one in found]
    return LabelledCells(
        cells=cells,
        concept=concept,
        stratum=stratum,
        group=np.arange(len(found)) % GROUPS,
        right=np.array([one.said == YES for one in found], bool),
        chances=chances,
        nothing=np.array([concepts[one.concept] for one in unfound], np.int64),
        nothing_right=np.array([one.said == YES for one in unfound], bool),
        unsure=len(labels) - len(said),
    )


def _mixed(labels: Sequence[Label]) -> list[Label]:
    """The labels in an order that does not depend on that of the file, nor goes by concept or stratum."""
    return sorted(labels, key=lambda one: blake2b(repr(one.key).encode(), digest_size=8).digest())


def _refuse_other_lake(cells: PairCells, label: Label, concepts: Mapping[str, int], strata: Mapping[str, int]) -> None:
    where = f"corpus {label.corpus}, '{label.concept}', {label.stratum}"
    if label.concept not in concepts:
        raise ConceptfreqError(f"{where}: these settings ask for no such concept on the lists that are judged")
    if label.stratum == NAME_OF_NOTHING:
        there = cells.unfound
    else:
        at = strata.get(label.stratum)
        there = 0 if at is None else int(cells.pairs[concepts[label.concept], at])
    if there != label.pairs:
        raise ConceptfreqError(
            f"{where}: the labels were drawn from {label.pairs:,} pairs, and the lake has {there:,} now: its samples, "
            "its thresholds or the lists (--list) are others: run `conceptfreq label` again"
        )


def _refuse_two_draws(labels: Sequence[Label]) -> None:
    """Raise ConceptfreqError if two pairs of a cell were drawn with different chances, or if it has too many labels."""
    known: dict[tuple[str, str], float] = {}
    numbers: Counter[tuple[str, str]] = Counter()
    for one in labels:
        cell = ("" if one.stratum == NAME_OF_NOTHING else one.concept, one.stratum)
        numbers[cell] += 1
        if numbers[cell] > one.pairs:
            raise ConceptfreqError(
                f"corpus {one.corpus}, '{one.concept}', {one.stratum}: more labels than the {one.pairs:,} pairs that "
                "there are: some are of other samples"
            )
        if known.setdefault(cell, one.chance) != one.chance:
            raise ConceptfreqError(
                f"corpus {one.corpus}, '{one.concept}', {one.stratum}: its pairs were drawn with the chances "
                f"{known[cell]:g} and {one.chance:g}, so in two draws: give each draw by itself"
            )
