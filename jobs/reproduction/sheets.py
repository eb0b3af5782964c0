"""The tables of a reproduction as text: columns, and rows with numbers of six significant digits.

`FITS` is a contract: other programs read these columns by name and order.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from jobs.analysis.agreement import Piece
from jobs.analysis.correlation import adjusted
from jobs.analysis.forms.rows import COLUMNS as FORM_COLUMNS
from jobs.analysis.joint import COLUMNS as JOINT_COLUMNS
from jobs.reproduction.comparisons import Crossing, LongTail, WagFit
from jobs.reproduction.fits import PoolFit
from jobs.reproduction.forms_and_joint import FormsOfPool, JointOfPools
from jobs.reproduction.pools import Key, RefusedFit
from jobs.reproduction.published_rows import PublishedMisalignment

KEY = ("task", "corpus", "search", "threshold", "prompt", "model", "metric", "protocol")
FITS = (
    *KEY, "r", "p", "bins", "concepts", "r_inner", "r_all", "r_unbinned", "slope_per_decade", "slope_low", "slope_high",
)  # fmt: skip
BESIDE = (
    *KEY, "no_r", "p_adjusted", "r_low", "r_high", "r2", "spearman", "spearman_low", "spearman_high", "concepts",
    "distinct", "sets", "zeros", "empty_bins", "bin_sizes", "slope_per_decade", "slope_low", "slope_high",
    "slope_within", "within_low", "within_high", "left_out", "absent_sets",
)  # fmt: skip
CROSSINGS = (
    "search", "threshold", "corpus", "other", "concepts", "concepts_other", "paired", "spearman", "pearson_log",
    "paired_by_position", "spearman_by_position",
)  # fmt: skip
MISALIGNED = ("corpus", "threshold", "misaligned", "found", "samples", "degree", "degree_found")
TAILS = ("corpus", "search", "threshold", "rank", "concept", "set", "frequency", "share_of_largest")
WAG = ("model", "set", "accuracy", "stated", "wag_set", "wag_accuracy", "side", "models_on_side", "slope", "intercept")

REFUSED = "refused"


@dataclass(frozen=True)
class Sheet:
    """A named table: each row has the length of `columns`; None is an empty cell."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]

    @property
    def frame(self) -> pd.DataFrame:
        """The table with its numbers as they are."""
        return pd.DataFrame(list(self.rows), columns=list(self.columns))

    @property
    def csv(self) -> str:
        """The table as CSV with a heading."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([cell(value) for value in row] for row in self.rows)
        return text.getvalue()


def cell(value: Any) -> str:
    """A value in the tables' format: six significant digits; None is empty."""
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def fits_sheet(fits: Iterable[PoolFit]) -> Sheet:
    """The table of the contract: one row per fit."""
    rows = [(*_key(fit.pool.key, fit.law.protocol.name), *_law(fit, FITS[len(KEY) :])) for fit in fits]
    return Sheet("fits", FITS, rows)


def beside_sheet(fits: Sequence[PoolFit]) -> Sheet:
    """The statistics without bins: one row per fit, in the same order.

    p values are adjusted for the number of fits of a task under a protocol.
    """
    families: dict[tuple[str, str], list[PoolFit]] = {}
    for fit in fits:
        families.setdefault((fit.pool.key.measure.task, fit.law.protocol.name), []).append(fit)
    p_of: dict[int, float | None] = {}
    for family in families.values():
        p_of |= zip(map(id, family), adjusted([fit.law.p for fit in family]), strict=True)
    return Sheet("beside", BESIDE, [_beside(fit, p_of[id(fit)]) for fit in fits])


def refused_sheet(refusals: Iterable[RefusedFit]) -> Sheet:
    """Fits that cannot be made, and why."""
    rows = [(*_key(refusal.key, refusal.protocol), refusal.reason) for refusal in refusals]
    return Sheet(REFUSED, (*KEY, "reason"), rows)


def crossings_sheet(crossings: Iterable[Crossing]) -> Sheet:
    """Corpora against each other: one row per pair and search."""
    return Sheet("cross", CROSSINGS, [_crossing(crossing) for crossing in crossings])


def misalignment_sheet(found: Iterable[PublishedMisalignment]) -> Sheet:
    """Misalignment: one row per corpus, with both of the paper's degrees."""
    return Sheet("misalignment", MISALIGNED, [_misaligned(row) for row in found])


def tails_sheet(tails: Iterable[LongTail]) -> Sheet:
    """The long tails: one row per concept that occurs, the most frequent first."""
    return Sheet("tail", TAILS, [row for tail in tails for row in _tail(tail)])


def wag_sheet(fit: WagFit | None) -> Sheet:
    """Models on the rare and on the usual classes, each with the line of its side; no rows without a fit."""
    return Sheet("wag", WAG, list(_wag(fit)) if fit else [])


def forms_sheet(found: Iterable[FormsOfPool]) -> Sheet:
    """The forms of the law: one row per fit that is shown, and form."""
    rows = [(*_key(one.fit.pool.key, one.fit.law.protocol.name), *row.values()) for one in found for row in one.rows]
    return Sheet("forms", (*KEY, *FORM_COLUMNS), rows)


def joint_sheet(found: Iterable[JointOfPools]) -> Sheet:
    """Text and image search at once: two rows per pair, under the key of its fit by image search."""
    rows = [(*_key(one.fit.pool.key, one.fit.law.protocol.name), *row.values()) for one in found for row in one.rows]
    return Sheet("joint", (*KEY, *JOINT_COLUMNS), rows)


def _key(key: Key, protocol: str) -> tuple[Any, ...]:
    search, measure = key.search, key.measure
    corpus = (measure.task, search.corpus, search.name, search.threshold)
    return (*corpus, measure.prompt, key.model, measure.metric, protocol)


def _law(fit: PoolFit, columns: Sequence[str]) -> list[Any]:
    known = {**vars(fit.law), **fit.pooled.columns}
    return [known[column] for column in columns]


def _beside(fit: PoolFit, p_adjusted: float | None) -> tuple[Any, ...]:
    law, pooled, pool = fit.law, fit.pooled, fit.pool
    known = {
        **{name: getattr(pooled, name) for name in ("concepts", "distinct", "sets", "zeros")},
        **pooled.columns,
        **{name: getattr(law, name) for name in ("no_r", "empty_bins")},
        "p_adjusted": p_adjusted,
        "bin_sizes": " ".join(str(one.concepts) for one in law.bin_table),
        "left_out": len(pool.left_out),
        "absent_sets": " ".join(pool.absent),
    }
    return (*_key(pool.key, law.protocol.name), *(known[column] for column in BESIDE[len(KEY) :]))


def _crossing(crossing: Crossing) -> tuple[Any, ...]:
    named, placed = crossing.by_concept, crossing.by_position
    pair = (crossing.search, crossing.threshold, *crossing.corpora, *crossing.distinct)
    return (*pair, named.paired, named.spearman, named.pearson_log, placed.paired, placed.spearman)


def _misaligned(row: PublishedMisalignment) -> tuple[Any, ...]:
    counts = (row.corpus, row.threshold, row.misaligned, row.found, row.samples)
    degree = row.misaligned / row.samples if row.samples else None
    return (*counts, degree, row.misaligned / row.found if row.found else None)


def _tail(tail: LongTail) -> Iterator[tuple[Any, ...]]:
    search = tail.search
    for rank, (at, share) in enumerate(zip(tail.tail.order.tolist(), tail.tail.share.tolist(), strict=True), start=1):
        concept = (tail.names[at], tail.sets[at], tail.frequency[at])
        yield (search.corpus, search.name, search.threshold, rank, *concept, share)


def _wag(fit: WagFit) -> Iterator[tuple[Any, ...]]:
    for point in fit.points:
        side = (
            "below" if point.against < fit.settings.split else "above" if point.against > fit.settings.split else "at"
        )
        piece = {"below": fit.below, "above": fit.above}.get(side, Piece(0, None))
        line = (piece.line.slope, piece.line.intercept) if piece.line else (None, None)
        usual = (fit.settings.against, point.against, point.model in fit.stated)
        yield (point.model, *usual, fit.settings.set, point.wag, side, piece.points, *line)
