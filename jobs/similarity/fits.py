"""The law beside sample similarity: for each fit whose concepts have test images, under the first protocol."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from jobs.analysis.similarity import Band, BesideSimilarity, band_rows, bands_of_images, beside_similarity
from jobs.core.context import Context
from jobs.results.fits.fit_columns import FIT
from jobs.results.fits.fitted import FitInput
from jobs.similarity.kept_predictions import right_images
from jobs.similarity.nearest_samples import mean_similarities

SIMILARITY_ROWS = pa.schema(
    [
        *FIT,
        ("of", pa.string()),
        ("similarity_low", pa.float64()),
        ("similarity_high", pa.float64()),
        ("concepts", pa.int64()),
        ("sets", pa.int64()),
        ("slope", pa.float64()),
        ("slope_low", pa.float64()),
        ("slope_high", pa.float64()),
        ("partial_r2", pa.float64()),
        ("correlation", pa.float64()),
        ("note", pa.string()),
    ]
)

# Rows of IMAGES of one corpus.
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class SimilarityOfFit:
    """A fit over those of its concepts that have test images, with and without their similarity.

    image_bands: of single images, if it is kept what each is taken for.
    """

    item: FitInput
    found: BesideSimilarity
    image_bands: tuple[Band, ...] = ()

    @property
    def rows(self) -> Iterator[dict[str, object]]:
        """Rows in the columns of SIMILARITY_ROWS."""
        for row in (*self.found.rows, *band_rows("frequency over images of band", self.image_bands)):
            yield {**self.item.key, **row}

    def __str__(self) -> str:
        return f"{self.item.title}: {self.found.verdict}"


def fits_beside_similarity(
    context: Context, items: Sequence[FitInput], by_corpus: Mapping[str, Rows], refused: list[str]
) -> Iterator[SimilarityOfFit]:
    """Each fit beside the similarities of its corpus; those that have none are left out and added to `refused`."""
    means = {corpus: mean_similarities(rows) for corpus, rows in by_corpus.items()}
    for item in items:
        try:
            found = _beside(item, means[item.corpus])
        except ValueError as refusal:
            refused.append(f"{item.title}: {refusal}")
        else:
            yield SimilarityOfFit(item, found, _image_bands(item, by_corpus[item.corpus], right_images(context, item)))


def _beside(item: FitInput, means: Mapping[tuple[str, str], float]) -> BesideSimilarity:
    pairs = list(zip(item.set_of, item.names, strict=True))
    own = [at for at, pair in enumerate(pairs) if pair in means]
    if not own:
        raise ValueError("none of its concepts has test images")
    return beside_similarity(
        [item.names[at] for at in own],
        [item.set_of[at] for at in own],
        [item.frequency[at] for at in own],
        [means[pairs[at]] for at in own],
        [item.score[at] for at in own],
        item.protocol.zero_becomes,
    )


def _image_bands(item: FitInput, rows: Rows, right: Mapping[tuple[str, str, str], bool]) -> tuple[Band, ...]:
    """Bands of the images whose class the fit has and of which it is kept what they are taken for."""
    frequency = dict(zip(zip(item.set_of, item.names, strict=True), item.frequency, strict=True))
    images = [
        (row["concept"], row["set"], frequency[row["set"], row["concept"]], row["similarity"], right[key])
        for row in rows
        if (key := (row["set"], row["shard"], row["sample"])) in right
        and row["similarity"] is not None
        and (row["set"], row["concept"]) in frequency
    ]
    if not images:
        return ()
    names, sets, frequencies, similarities, rights = (list(column) for column in zip(*images, strict=True))
    return bands_of_images(names, sets, frequencies, similarities, rights, item.protocol.zero_becomes)
