"""Which definition of frequency predicts each model's scores best, and the latent frequency behind all of them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import pyarrow as pa

from jobs.analysis.definitions.compared import ComparedDefinitions
from jobs.analysis.definitions.comparison import compare_definitions
from jobs.analysis.definitions.definition import (
    FrequencyDefinition,
    counted,
    with_both_shares,
    with_presence,
    zeros_mended,
)
from jobs.analysis.definitions.latent import LatentFrequency, latent_frequency
from jobs.results.fits.definitions import CountedDefinition, ScoredDefinitions
from jobs.results.fits.joined_names import Pair

log = logging.getLogger(__name__)

LATENT: Final = "latent"
KEY: Final = ("corpus", "source", "model", "prompt", "metric")
DEFINITION_ROWS: Final = pa.schema(
    [
        *((name, pa.string()) for name in KEY),
        ("concepts", pa.int64()),
        ("sets", pa.int64()),
        ("definition", pa.string()),
        ("zeros", pa.int64()),
        ("r2", pa.float64()),
        ("slope", pa.float64()),
        ("slope_low", pa.float64()),
        ("slope_high", pa.float64()),
        ("spearman", pa.float64()),
        ("r2_held_out_concepts", pa.float64()),
        ("r2_held_out_sets", pa.float64()),
        ("behind_over_concepts", pa.float64()),
        ("behind_over_concepts_low", pa.float64()),
        ("behind_over_concepts_high", pa.float64()),
        ("behind_over_sets", pa.float64()),
        ("behind_over_sets_low", pa.float64()),
        ("behind_over_sets_high", pa.float64()),
        ("due_to_zeros", pa.float64()),
        ("best", pa.bool_()),
    ]
)
LATENT_ROWS: Final = pa.schema(
    [
        ("corpus", pa.string()),
        ("source", pa.string()),
        ("set", pa.string()),
        ("concept", pa.string()),
        ("frequency", pa.float64()),
        ("frequency_low", pa.float64()),
        ("frequency_high", pa.float64()),
        ("found_by", pa.int64()),
    ]
)

# The definitions as columns of samples, in the order of the pairs: hashable, so that all models of a corpus share them.
Columns = tuple[tuple[str, tuple[float, ...]], ...]


@dataclass(frozen=True)
class DefinitionsOfScores:
    """The definitions compared over one model's scores, and the latent frequency of the same pairs, if there is one."""

    item: ScoredDefinitions
    pairs: tuple[Pair, ...]
    compared: ComparedDefinitions
    latent: LatentFrequency | None

    @property
    def rows(self) -> Iterator[dict[str, object]]:
        """Rows in the columns of DEFINITION_ROWS."""
        key = {name: getattr(self.item, name) for name in KEY}
        return ({**key, **row} for row in self.compared.rows)

    @property
    def latent_rows(self) -> Iterator[dict[str, object]]:
        """Rows in the columns of LATENT_ROWS, in samples; none without a latent frequency."""
        if self.latent is None:
            return
        ends = (10**values for values in (self.latent.value, self.latent.low, self.latent.high))
        for (of_set, concept), *values, found in zip(self.pairs, *ends, self.latent.found_by, strict=True):
            row = (self.item.corpus, self.item.source, of_set, concept, *map(float, values), int(found))
            yield dict(zip(LATENT_ROWS.names, row, strict=True))


def compared_definitions(items: Sequence[ScoredDefinitions], refused: list[str]) -> Iterator[DefinitionsOfScores]:
    """The definitions of each model's scores; those that cannot be compared are left out, and added to `refused`."""
    for item in items:
        pairs = tuple(item.common)
        try:
            definitions, latent = _definitions(item, pairs, refused)
            names, sets = [concept for _, concept in pairs], [of_set for of_set, _ in pairs]
            compared = compare_definitions(names, sets, definitions, [item.scores[pair] for pair in pairs])
            yield DefinitionsOfScores(item, pairs, compared, latent)
        except ValueError as refusal:
            refused.append(f"{item.title}: {refusal}")


def latent_rows(found: Sequence[DefinitionsOfScores]) -> list[dict[str, object]]:
    """Rows in the columns of LATENT_ROWS: the models of a corpus share the latent frequencies of its concepts."""
    of_corpus = {(one.item.corpus, one.item.source): one for one in found}
    return [row for one in of_corpus.values() for row in one.latent_rows]


def summary(found: Sequence[DefinitionsOfScores]) -> str:
    """The one sentence over all models: how often which definition predicts best, and whether that is told apart."""
    if len(found) == 1:
        return found[0].compared.verdict
    best = Counter(one.compared.best.definition.name for one in found)
    named = ", ".join(f"{name} in {times}" for name, times in best.most_common())
    apart = sum(not one.compared.rivals_over_concepts for one in found)
    sets = sum(not one.compared.rivals_over_sets for one in found)
    return (
        f"Of {len(found)} fits, held-out concepts are predicted best by {named}; the data tell the best one from all"
        f" others in {apart or 'none'} over concepts of these sets, and in {sets or 'none'} over other sets."
    )


def _definitions(
    item: ScoredDefinitions, pairs: Sequence[Pair], refused: list[str]
) -> tuple[list[FrequencyDefinition], LatentFrequency | None]:
    """Every definition over the pairs: as counted, combined from the corpus's own searches, and latent."""
    samples = {one: np.array([one.samples[pair] for pair in pairs]) for one in item.definitions}
    found = [counted(one.name, values, item.zero_becomes) for one, values in samples.items()]
    found += _combinations(samples)
    # Integrated search finds what both others do, and has no error of its own.
    measured = [(one.name, tuple(values)) for one, values in samples.items() if one.search != "integrated"]
    try:
        latent = _latent(tuple(measured), item.zero_becomes)
    except ValueError as refusal:
        refused.append(f"{item.corpus}: {refusal}")
        return found, None
    return [*found, FrequencyDefinition(LATENT, latent.value[None], latent.found_by == 0)], latent


def _combinations(samples: dict[CountedDefinition, np.ndarray]) -> Iterator[FrequencyDefinition]:
    """What text search says together with the others, at each of their thresholds."""
    own = {(one.search, one.threshold): values for one, values in samples.items() if not one.imported}
    text = own.get(("text", None))
    if text is None:
        return
    for (search, threshold), values in own.items():
        at = "" if threshold is None else f" above {threshold:g}"
        if search == "integrated":
            yield with_presence(f"text and P(image{at} | text)", text, values)
            image = own.get(("image", threshold))
            if image is not None:
                yield with_both_shares(f"text and both shares{at}", text, image, values)
        elif search == "image":
            yield zeros_mended(f"text, zeros mended by image{at}", text, values)


@lru_cache(maxsize=8)
def _latent(measured: Columns, zero_becomes: float) -> LatentFrequency:
    return latent_frequency(dict(measured), zero_becomes)
