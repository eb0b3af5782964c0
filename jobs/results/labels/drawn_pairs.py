"""Pairs that are drawn to be judged, with what is known of them: the rows of a page of labels, and of its CSV.

Each stratum gives as many pairs as any other, or all it has, and within a stratum each concept by the root of its
pairs: so rare findings and rare concepts are judged too. Whether a pair is drawn depends on its own lot alone, so the
number drawn may differ a little from what was asked for. The chance of each pair is known, and goes with its label.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import numpy as np
import pyarrow as pa

from jobs.analysis.labels.shares import EQUAL, ROOT, chances, shares
from jobs.core.context import Context
from jobs.core.reading import through_stretches
from jobs.errors import ConceptfreqError
from jobs.results.labels.asked_pairs import PairCells
from jobs.results.labels.strata import NAME_OF_NOTHING
from jobs.results.samples.drawn_samples import image_place
from jobs.results.samples.leafing import named_samples, stored_rows
from udfs.counting.evidence import DRAWN_PAIRS, NOTHING, PairDrawTask, cells_of
from udfs.counting.lots import lots_of_names

# What names a pair and weighs its label: columns of every CSV of labels.
LABELS: Final = pa.schema(
    [
        ("corpus", pa.string()),
        ("shard", pa.string()),
        ("ordinal", pa.int64()),
        ("sample", pa.string()),
        ("concept", pa.string()),
        ("judged", pa.string()),
        ("stratum", pa.string()),
        ("pairs", pa.int64()),
        ("chance", pa.float64()),
        ("score", pa.float32()),
        ("label", pa.string()),
    ]
)
# The same for people without a browser.
TO_LABEL: Final = pa.schema([*LABELS, ("caption", pa.string()), ("url", pa.string())])


@dataclass(frozen=True)
class DrawnPair:
    """A pair to be judged. row: by the columns of TO_LABEL, without a label; image: where its image lies, or None."""

    row: Mapping[str, Any]
    image: Mapping[str, Any] | None


@dataclass(frozen=True, eq=False)
class PairDraw:
    """The chances of the pairs of each cell, (concepts, strata), and of each pair that nothing finds."""

    cells: PairCells
    found: np.ndarray
    unfound: float


def design(cells: PairCells, pairs: int) -> PairDraw:
    """The draw of about so many pairs."""
    sizes = [*cells.pairs.sum(0).tolist(), cells.unfound]
    *of_strata, of_unfound = shares(sizes, pairs, EQUAL).tolist()
    found = [chances(cells.pairs[:, at], share, ROOT) for at, share in enumerate(of_strata)]
    # Of a sample that is chosen only one concept is asked for.
    most = 1 / max(1, len(cells.asked.names))
    return PairDraw(
        cells,
        np.stack(found, axis=1) if found else np.ones(cells.pairs.shape),
        min(most, of_unfound / max(1, cells.unfound)),
    )


def draw_pairs(context: Context, drawing: PairDraw, seed: int) -> list[DrawnPair]:
    """The drawn pairs in an order of the seed's, in which a part of them is a draw as well.

    Raises ConceptfreqError if the lake has lost the row of a drawn sample.
    """
    cells, asked = drawing.cells, drawing.cells.asked
    task = _task(drawing, seed)
    batches = through_stretches(context.lake, asked.given.stored, asked.units, task, DRAWN_PAIRS)
    pairs = pa.Table.from_batches(batches, DRAWN_PAIRS).to_pylist()
    samples = _samples(context, cells, pairs)
    found = [_pair(drawing, one, samples[one["shard"], one["ordinal"]]) for one in pairs]
    found.sort(key=lambda one: (one.row["shard"], one.row["ordinal"], one.row["concept"]))
    Random(f"{seed}\n{asked.corpus.name}").shuffle(found)
    return found


def _task(drawing: PairDraw, seed: int) -> PairDrawTask:
    cells, asked = drawing.cells, drawing.cells.asked
    number, stratum = np.nonzero(cells.pairs)
    codes = cells_of(number, np.array([one.evidence for one in cells.strata], np.int64)[stratum])
    order = np.argsort(codes)
    return PairDrawTask(
        searches=asked.given.searches,
        judged=asked.judged,
        corpus=asked.corpus.name,
        seed=seed,
        cells=codes[order],
        chances=drawing.found[number, stratum][order],
        chosen=drawing.unfound * len(asked.names),
        names=lots_of_names(asked.names),
    )


def _samples(context: Context, cells: PairCells, pairs: list[dict[str, Any]]) -> dict[tuple[str, int], dict[str, Any]]:
    """The stored rows of the drawn pairs' samples, by shard and ordinal."""
    corpus = cells.asked.corpus
    wanted = named_samples(corpus.name, [(one["shard"], one["ordinal"]) for one in pairs])
    rows = stored_rows(context, [corpus], [wanted]).to_pylist()
    found = {(row["shard"], row["ordinal"]): row for row in rows}
    if len(found) < len(wanted.shard):
        raise ConceptfreqError(
            f"corpus {corpus.name}: the table samples has rows of {len(found):,} of {len(wanted.shard):,} drawn "
            "samples: run `conceptfreq run`, so that all tables are of one state"
        )
    return found


def _pair(drawing: PairDraw, pair: Mapping[str, Any], sample: Mapping[str, Any]) -> DrawnPair:
    cells, number = drawing.cells, pair["number"]
    if pair["evidence"] == NOTHING:
        stratum, pairs, chance = NAME_OF_NOTHING, cells.unfound, drawing.unfound
    else:
        at = next(at for at, one in enumerate(cells.strata) if one.evidence == pair["evidence"])
        stratum = cells.strata[at].name
        pairs, chance = int(cells.pairs[number, at]), float(drawing.found[number, at])
    row = {
        **{name: sample[name] for name in ("corpus", "shard", "ordinal", "sample", "caption", "url")},
        "concept": cells.asked.names[number],
        "judged": cells.asked.judged,
        "stratum": stratum,
        "pairs": pairs,
        "chance": chance,
        "score": pair["score"],
        "label": None,
    }
    return DrawnPair({name: row[name] for name in TO_LABEL.names}, image_place(sample))
