"""The law beside sample similarity: for each fit whose concepts have test images, under the first protocol."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from jobs.analysis.similarity import Band, BesideSimilarity, band_rows, bands_of_images, beside_similarity
from jobs.core.context import Context
from jobs.errors import ConceptfreqError
from jobs.results.fits.fit_columns import FIT
from jobs.results.fits.fit_inputs import fit_inputs, under_first_protocol
from jobs.results.fits.fitted import FitInput
from jobs.results.fits.right_images import right_images
from jobs.results.fits.similarities import Similarities, stored_similarities
from jobs.settings.corpora import Corpus

log = logging.getLogger(__name__)

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


@dataclass(frozen=True)
class SimilarityOfFit:
    """A fit over those of its concepts that have test images, with and without their similarity.

    means: of the test images of each of the fit's concepts; None without any. image_bands: of single images, if it is
    kept what each is taken for.
    """

    item: FitInput
    means: tuple[float | None, ...]
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
    context: Context, items: Iterable[FitInput], similarities: Similarities, refused: dict[str, str]
) -> Iterator[SimilarityOfFit]:
    """Each fit over compared sets of a corpus beside their similarities; `refused` gets the reasons of the others."""
    compared = {row["set"] for row in similarities.rows}
    for item in (one for one in items if compared & {*one.sets}):
        try:
            yield _beside(context, item, similarities)
        except ValueError as refusal:
            refused[item.title] = str(refusal)


def stored_fits_beside_similarity(
    context: Context, corpora: Sequence[Corpus], items: Sequence[FitInput], refused: dict[str, str]
) -> list[SimilarityOfFit]:
    """The fits beside what the table has for the present embeddings; nothing where nothing was compared.

    `refused` gets the reasons why a fit, or what was compared, is left out.
    """
    found = list[SimilarityOfFit]()
    for corpus in corpora:
        similarities = stored_similarities(context, corpus)
        for name in similarities.outdated:
            refused[f"{corpus.name}, {name}"] = "the embeddings of the corpus have changed: run `conceptfreq nearest`"
        own = [item for item in items if item.corpus == corpus.name]
        found += fits_beside_similarity(context, own, similarities, refused)
    return found


def compared_similarity(context: Context, corpora: Sequence[Corpus]) -> list[SimilarityOfFit]:
    """The fits of these corpora beside similarity, under the first protocol; refusals are logged with their reason.

    Raises SettingsError without the section `fit`, ConceptfreqError if there are none.
    """
    refused: dict[str, str] = {}
    items = under_first_protocol(fit_inputs(context, corpora))
    found = stored_fits_beside_similarity(context, corpora, items, refused)
    for what, why in refused.items():
        log.warning("%s: %s", what, why)
    if not found:
        why = next(iter(refused.values()), "no test image is compared with a corpus yet: run `conceptfreq nearest`")
        raise ConceptfreqError(f"{context.settings.name}: no fit beside similarity: {why}")
    return found


def _beside(context: Context, item: FitInput, similarities: Similarities) -> SimilarityOfFit:
    pairs = list(zip(item.set_of, item.names, strict=True))
    means = tuple(similarities.means.get(pair) for pair in pairs)
    own = [(at, mean) for at, mean in enumerate(means) if mean is not None]
    if not own:
        raise ValueError("none of its concepts has test images")
    found = beside_similarity(
        [item.names[at] for at, _ in own],
        [item.set_of[at] for at, _ in own],
        [item.frequency[at] for at, _ in own],
        [mean for _, mean in own],
        [item.score[at] for at, _ in own],
        item.protocol.zero_becomes,
    )
    return SimilarityOfFit(item, means, found, _image_bands(item, similarities.rows, right_images(context, item)))


def _image_bands(
    item: FitInput, rows: Sequence[Mapping[str, Any]], right: Mapping[tuple[str, str, str], bool]
) -> tuple[Band, ...]:
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
