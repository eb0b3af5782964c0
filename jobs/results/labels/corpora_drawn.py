"""Pairs of several corpora, drawn to be judged in one go."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from random import Random

from jobs.core.context import Context
from jobs.errors import ConceptfreqError
from jobs.results.labels.asked_pairs import PairCells, ask_pairs, count_cells
from jobs.results.labels.drawn_pairs import DrawnPair, design, draw_pairs
from jobs.results.labels.pictures import pictures
from jobs.results.samples.drawn_samples import SampleKey
from jobs.results.samples.indexed import corpora_with_samples
from jobs.results.samples.small_pictures import Picture
from udfs.counting.judged import Judged

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CorporaDrawn:
    """The drawn pairs by corpus, and all of them in an order of the seed's: so corpora are mixed."""

    of_corpus: Mapping[str, Sequence[DrawnPair]]
    pairs: Sequence[DrawnPair]

    def require_pairs(self, name: str) -> None:
        """Raise ConceptfreqError if nothing was drawn; name: that of the settings."""
        if not self.pairs:
            raise ConceptfreqError(f"{name}: no pair was drawn: ask for more pairs")


def draw_corpora(
    context: Context, judged: Judged, pairs: int, corpus: str | None, concept_list: str | None, seed: int
) -> CorporaDrawn:
    """Draw about so many pairs of each corpus that the lake has samples of, or of one.

    Raises SettingsError for an unknown corpus or list, and ConceptfreqError as `ask_pairs` and `draw_pairs` do.
    """
    drawn: dict[str, list[DrawnPair]] = {}
    for one in corpora_with_samples(context, corpus, "pairs are drawn among samples"):
        cells = count_cells(context, ask_pairs(context, one, judged, concept_list))
        drawn[one.name] = draw_pairs(context, design(cells, pairs), seed)
        _tell(cells, len(drawn[one.name]))
    mixed = [*chain.from_iterable(drawn.values())]
    Random(seed).shuffle(mixed)
    return CorporaDrawn(drawn, mixed)


def all_pictures(context: Context, drawn: CorporaDrawn) -> dict[SampleKey, Picture]:
    """A JPEG for each drawn sample, or the reason why there is none."""
    found: dict[SampleKey, Picture] = {}
    for name, pairs in drawn.of_corpus.items():
        found |= pictures(context, context.settings.corpus(name), pairs)
    log.info("%d of %d images are in the page", sum(isinstance(one, bytes) for one in found.values()), len(found))
    return found


def _tell(cells: PairCells, drawn: int) -> None:
    asked, found = cells.asked, int(cells.pairs.sum())
    log.info(
        "%s: %d concepts, %d samples with a usable %s; %d pairs found or scored in %d strata, %d found by nothing;"
        " %d drawn", asked.corpus.name, len(asked.names), cells.samples, asked.judged, found, len(cells.strata),
        cells.unfound, drawn,
    )  # fmt: skip
