"""Test images against corpora, and the laws beside that nearness: one comparison for the command and for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.core.context import Context
from jobs.core.listing import Listings
from jobs.errors import ConceptfreqError, SettingsError
from jobs.results.fits.fit_inputs import fit_inputs, under_first_protocol
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Settings
from jobs.similarity.fits import SimilarityOfFit, fits_beside_similarity
from jobs.similarity.labelled_sets import check_settings, labelled_sets
from jobs.similarity.nearest_samples import nearest_rows, stored_embeddings
from jobs.stages.inputs import check_inputs


@dataclass(frozen=True)
class ComparedSimilarity:
    """What was found: rows of IMAGES by corpus, and the fits beside them, or for each that has none the reason."""

    by_corpus: Mapping[str, Sequence[dict[str, Any]]]
    fits: Sequence[SimilarityOfFit]
    refused: Sequence[str]

    @property
    def images(self) -> list[dict[str, Any]]:
        """Rows of IMAGES of all corpora."""
        return [row for rows in self.by_corpus.values() for row in rows]

    @property
    def rows(self) -> Iterator[dict[str, object]]:
        """Rows of SIMILARITY_ROWS. Raises ConceptfreqError with the reason if there is no fit."""
        if not self.fits:
            raise ConceptfreqError(f"no fit beside similarity: {self.refused[-1] if self.refused else 'no fits'}")
        return (row for one in self.fits for row in one.rows)


def check_similarity(settings: Settings) -> Listings:
    """The listings of what is compared, before Spark starts.

    Raises SettingsError if the settings have no embedder, no set of images with classes or no section `fit`, or if an
    input is missing.
    """
    check_settings(settings)
    if settings.fit is None:
        raise SettingsError(f"{settings.name}: the law beside similarity needs the section 'fit'")
    return check_inputs(settings, ["evaluate"])


def compare_similarity(context: Context, corpora: Sequence[Corpus]) -> ComparedSimilarity:
    """The nearest sample of each corpus to each test image, and the fits of these corpora beside their similarities.

    Raises ConceptfreqError if a corpus has no embeddings.
    """
    stored = [stored_embeddings(context, corpus) for corpus in corpora]
    items = under_first_protocol(fit_inputs(context, corpora))
    sets = list(labelled_sets(context))
    rows = {one.corpus: [row for of_set in sets for row in nearest_rows(context.lake, one, of_set)] for one in stored}
    refused: list[str] = []
    return ComparedSimilarity(rows, list(fits_beside_similarity(context, items, rows, refused)), refused)
