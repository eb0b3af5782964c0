"""The truth plays the labeller: it judges drawn pairs, and the law is fitted to frequencies that its labels correct."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from jobs.core.context import Context
from jobs.loop.comparison import LawByLabels
from jobs.results.fits.fitted import FitInput
from jobs.results.labels.asked_pairs import ask_pairs, count_cells
from jobs.results.labels.corrected_frequencies import CorrectedLaw, corrected_laws
from jobs.results.labels.drawn_pairs import DrawnPair, design, draw_pairs
from jobs.results.labels.label_file import NO, YES, Label
from jobs.results.labels.labelled_cells import in_cells
from jobs.settings.corpora import Corpus

# So many pairs one person judges in half an hour to an hour.
PAIRS: Final = 1_000
SEED: Final = 0


@dataclass(frozen=True)
class JudgedByTruth:
    """The number of labels, and the law of each fit with the one that they correct."""

    labels: int
    laws: tuple[CorrectedLaw, ...]

    def of(self, item: FitInput, true_slope: float | None) -> LawByLabels | None:
        """The law of this fit, beside the slope under true frequencies; None if it was not fitted."""
        for law in self.laws:
            if law.item == item:
                slope, found = law.slope.value, law.corrected
                return LawByLabels(item.title, self.labels, slope, found.value, found.low, found.high, true_slope)
        return None


def judged_by_truth(context: Context, corpus: Corpus, truth: Path, items: Sequence[FitInput]) -> JudgedByTruth:
    """Draw pairs as `conceptfreq label` does, judge whether each image shows the concept, and correct these fits."""
    cells = count_cells(context, ask_pairs(context, corpus, "image"))
    drawn = draw_pairs(context, design(cells, PAIRS), SEED)
    labels = label_by_truth(drawn, truth)
    return JudgedByTruth(len(labels), tuple(corrected_laws(in_cells(cells, labels), items)))


def label_by_truth(drawn: Sequence[DrawnPair], truth: Path) -> list[Label]:
    """A label for each pair: yes if the sample's image shows the concept's glyph."""
    table = pq.read_table(truth / "samples.parquet", columns=["shard", "sample", "glyphs"]).to_pydict()
    shown = {(shard, sample): glyphs for shard, sample, glyphs in zip(*table.values(), strict=True)}
    rows = [one.row for one in drawn]
    said = [YES if row["concept"] in shown[row["shard"], row["sample"]] else NO for row in rows]
    names = [name for name in Label._fields if name != "said"]
    return [Label(**{name: row[name] for name in names}, said=one) for row, one in zip(rows, said, strict=True)]
