"""A small drawn corpus, drawn once for all tests that only read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.loop.draw import draw
from jobs.loop.plan import CorpusDesign
from jobs.loop.truth import Truth

SMALL = CorpusDesign(
    seed=3,
    concepts=6,
    max_frequency=60,
    shards=3,
    wrong_captions=0.1,
    missing_nouns=0.1,
    two_glyphs=0.2,
    plurals=0.3,
    evaluation_images_per_concept=3,
)


@pytest.fixture(scope="session")
def drawing() -> CorpusDesign:
    """A drawing of about 120 pairs in which every kind of pair occurs."""
    return SMALL


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    """The folder of the small corpus, and its truth."""
    folder = tmp_path_factory.mktemp("drawn")
    return folder, draw(SMALL, folder)
