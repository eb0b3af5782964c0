"""The truth plays the labeller: it judges drawn pairs, and the law is fitted to frequencies that its labels correct."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from jobs.core.context import Context
from jobs.loop.comparison import LawByLabels
from jobs.results.fits.fitted import FitInput
from jobs.results.labels.asked_pairs import ask_pairs, count_cells
from jobs.results.labels.corrected_frequencies import corrected_laws
from jobs.results.labels.drawn_pairs import DrawnPair, design, draw_pairs
from jobs.results.labels.label_file import NO, YES, Label
from jobs.results.labels.labelled_cells import in_cells
from jobs.settings.corpora import Corpus

# So many pairs one person judges in half an hour to an hour.
PAIRS: Final = 1_000
SEED: Final = 0


def judged_by_truth(
    context: Context, corpus: Corpus, truth: Path, item: FitInput, true_slope: float | None
) -> LawByLabels | None:
    """Draw pairs as `conceptfreq label` does, judge whether each image shows the concept, and correct this fit.

    true_slope: that under true frequencies, which stands beside. None if the fit's scores do not allow a law.
    """
    cells = count_cells(context, ask_pairs(context, corpus, "image"))
    labels = label_by_truth(draw_pairs(context, design(cells, PAIRS), SEED), truth)
    for law in corrected_laws(in_cells(cells, labels), [item]):
        found = law.corrected
        return LawByLabels(item.title, len(labels), law.slope.value, found.value, found.low, found.high, true_slope)
    return None


def label_by_truth(drawn: Sequence[DrawnPair], truth: Path) -> list[Label]:
    """A label for each pair: yes if the sample's image shows the concept's glyph."""
    table = pq.read_table(truth / "samples.parquet", columns=["shard", "sample", "glyphs"]).to_pydict()
    shown = {(shard, sample): glyphs for shard, sample, glyphs in zip(*table.values(), strict=True)}
    rows = [one.row for one in drawn]
    said = [YES if row["concept"] in shown[row["shard"], row["sample"]] else NO for row in rows]
    names = [name for name in Label._fields if name != "said"]
    return [Label(**{name: row[name] for name in names}, said=one) for row, one in zip(rows, said, strict=True)]
