"""What is asked of a corpus before pairs are drawn: its concepts, the searches that find them, and edges of scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from jobs.concepts.asking import Inquiry, ask
from jobs.concepts.of_run import chosen_concepts
from jobs.concepts.questions import questions
from jobs.core.context import Context
from jobs.core.sections import naming
from jobs.errors import ConceptfreqError, SettingsError
from jobs.lake.ledger import Unit
from jobs.results.labels.strata import Stratum, edges_of, in_order
from jobs.results.samples.answerable import tell_left_out
from jobs.results.samples.indexed import HALVES, answering_shards
from jobs.results.samples.stretch_sums import sum_stretches
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Search, Settings
from udfs.counting.evidence import CELLS, EvidenceTask
from udfs.counting.found import SEARCHED
from udfs.counting.judged import Judged

HALF_OF: Final[dict[Judged, str]] = {"image": "image", "caption": "text"}


@dataclass(frozen=True)
class AskedPairs:
    """The concepts that some search can answer, ascending, and what answers them in a corpus.

    answered: by half, text or image, whether it can answer each concept. thresholds: those of the settings. edges:
    where strata of scores begin, the thresholds among them.
    """

    corpus: Corpus
    judged: Judged
    names: tuple[str, ...]
    answered: Mapping[str, NDArray[np.bool_]]
    thresholds: tuple[float, ...]
    edges: tuple[float, ...]
    given: Inquiry
    units: tuple[Unit, ...]

    @property
    def searches(self) -> list[tuple[Search, float | None]]:
        """Every search with its threshold: text first."""
        text, image = self.given.searches.text is not None, self.given.searches.images
        found: list[tuple[Search, float | None]] = [("text", None)] if text else []
        for search in ("image", "integrated") if text else ("image",):
            found += [(search, one) for one in self.thresholds] if image else []
        return found

    def answered_by(self, search: Search) -> NDArray[np.bool_]:
        """Whether a search can answer each concept."""
        return np.logical_and.reduce([self.answered[half] for half in HALVES[search]])


@dataclass(frozen=True, eq=False)
class PairCells:
    """The pairs of a corpus by concept and stratum, (concepts, strata); those that nothing finds are in no cell.

    samples: those whose judged half can be used; every concept makes a pair with each of them.
    """

    asked: AskedPairs
    strata: tuple[Stratum, ...]
    pairs: NDArray[np.int64]
    samples: int

    @cached_property
    def unfound(self) -> int:
        """The number of pairs that nothing finds."""
        return self.unfound_of(np.ones(len(self.asked.names), bool))

    def unfound_of(self, concepts: NDArray[np.bool_]) -> int:
        """The same of some concepts."""
        return int(concepts.sum()) * self.samples - int(self.pairs[concepts].sum())


def judged_half(settings: Settings, given: Judged | None) -> Judged:
    """What is judged: the image if images are searched, else the caption; or what is asked for.

    Raises SettingsError if that half is not searched: nobody knows then which samples have a usable one.
    """
    judged: Judged = given or ("image" if "image" in settings.searches else "caption")
    if HALF_OF[judged] not in settings.searches:
        raise SettingsError(f"--judge {judged}: {settings.name} has no {HALF_OF[judged]} search")
    return judged


def ask_pairs(context: Context, corpus: Corpus, judged: Judged, concept_list: str | None = None) -> AskedPairs:
    """Ask all searches of the settings for the concepts of a list (None: of all lists).

    Concepts that none of them can answer are left out with a warning. Raises SettingsError for an unknown list, and
    ConceptfreqError if the corpus is not indexed.
    """
    settings, halves = context.settings, context.settings.searches
    concepts = sorted(chosen_concepts(settings, concept_list))
    asked = questions(context, corpus)
    with naming("images.tagger"):
        inquiry = ask(context, corpus, asked, concepts, halves)
    reasons = {half: inquiry.reasons(half) for half in halves}
    left_out = {name: why[0] for name, *why in zip(concepts, *reasons.values(), strict=True) if all(why)}
    tell_left_out(" and ".join(halves), len(concepts), left_out)
    kept = np.array([name not in left_out for name in concepts])
    names = tuple(name for name in concepts if name not in left_out)
    answered = {half: np.array([why is None for why in said])[kept] for half, said in reasons.items()}
    tagger = settings.images.tagger if settings.images else None
    edges = edges_of(tagger)
    given = ask(context, corpus, asked, names, halves)
    given = replace(given, searches=replace(given.searches, thresholds=edges))
    units = tuple(answering_shards(context, corpus, halves))
    return AskedPairs(corpus, judged, names, answered, tagger.thresholds if tagger else (), edges, given, units)


def count_cells(context: Context, asked: AskedPairs) -> PairCells:
    """Count the pairs. Raises ConceptfreqError if no sample can be judged."""
    task = EvidenceTask(asked.given.searches, asked.judged)
    sums = sum_stretches(context.lake, asked.given.stored, asked.units, task, CELLS, ["number", "evidence"])
    whole = sums.filter(pc.field("number") == SEARCHED)
    samples = sum(whole["pairs"].to_pylist())
    if not samples:
        raise ConceptfreqError(f"corpus {asked.corpus.name}: no sample has a usable {asked.judged}: nothing to judge")
    rows = sums.filter(pc.field("number") != SEARCHED)
    strata = in_order(rows["evidence"].unique().to_pylist(), asked.edges)
    place = {one.evidence: at for at, one in enumerate(strata)}
    pairs = np.zeros((len(asked.names), len(strata)), np.int64)
    columns = [place[one] for one in rows["evidence"].to_pylist()]
    pairs[rows["number"].to_numpy(), columns] = rows["pairs"].to_numpy()
    return PairCells(asked, strata, pairs, samples)
