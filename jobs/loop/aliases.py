"""What aliases gain in a drawn corpus whose captions say other nouns for some concepts: frequencies, and the law."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from jobs.concepts.questions import questions
from jobs.core.context import Context
from jobs.loop.in_tables import read_totals
from jobs.results.fits.fit_inputs import fit_inputs, under_first_protocol
from jobs.results.fits.fitted import FitInput
from jobs.results.samples.parts import count_parts
from jobs.settings.corpora import Corpus


@dataclass(frozen=True)
class Gain:
    """Captions found of the concepts that have aliases, and slopes per decade over all concepts; None for no law."""

    concepts: int
    by_name: int
    with_aliases: int
    true: int
    slope_by_name: float | None
    slope_with_aliases: float | None
    true_slope: float | None

    def __str__(self) -> str:
        found = (
            f"aliases  of {self.concepts} concepts that have one: {self.by_name:,} captions found by name alone, "
            f"{self.with_aliases:,} with aliases, {self.true:,} in truth"
        )
        slopes = (self.slope_by_name, self.slope_with_aliases, self.true_slope)
        if None in slopes:
            return found
        return "{}; the law: {:+.3f}, {:+.3f} and {:+.3f} per decade".format(found, *slopes)


def gain_of_aliases(context: Context, corpus: Corpus, truth: Path) -> Gain | None:
    """What the aliases of the lists gain in captions; None if no concept has one. Names are counted from postings."""
    if not any(one.aliases for one in questions(context, corpus).definitions.values()):
        return None
    parts = count_parts(context, corpus, "text", None, None)
    by_name, with_aliases, true = _part(parts, "name"), _part(parts, "concept"), read_totals(truth).text
    items = under_first_protocol(fit_inputs(context, [corpus]))
    item = next((one for one in items if one.search == "text"), None)
    return Gain(
        len(by_name), sum(by_name.values()), sum(with_aliases.values()), sum(true[name] for name in by_name),
        *(_slope(item, {**true, **some}) for some in (by_name, with_aliases, {})),
    )  # fmt: skip


def _part(parts: pa.Table, part: str) -> dict[str, int]:
    """The frequency of this part of each concept that has aliases; 0 if the search cannot answer it."""
    rows = parts.filter(pc.field("part") == part)
    return dict(zip(rows["concept"].to_pylist(), rows["frequency"].fill_null(0).to_pylist(), strict=True))


def _slope(item: FitInput | None, frequency: Mapping[str, int]) -> float | None:
    """The slope of a fit's scores on these frequencies; None if they determine none."""
    if item is None:
        return None
    try:
        return replace(item, frequency=tuple(frequency[name] for name in item.names)).fit().pooled.slope.value
    except ValueError:
        return None
