"""What the text tests share: the real pipeline and real captions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from udfs.text.nouns import Nouns, find_nouns, load_pipeline

pytest.importorskip("spacy")


@pytest.fixture(scope="session")
def pipeline() -> Any:
    return load_pipeline("en_core_web_sm")


@pytest.fixture(scope="session")
def captions(shared: Path) -> list[str]:
    """2,000 real captions: half of CC3M's style, half web alt text."""
    folder = shared / "corpora" / "captions"
    with open(folder / "cc3m_val.tsv", encoding="utf-8") as lines:
        plain = [line.split("\t")[0] for line, _ in zip(lines, range(1000), strict=False)]
    web = pq.read_table(folder / "web_alt_text_laion_columns.parquet")
    column = next(name for name in ("TEXT", "caption", "text") if name in web.column_names)
    return plain + [text for text in web[column].to_pylist() if text][:1000]


@pytest.fixture(scope="session")
def found(captions: list[str], pipeline: Any) -> list[Nouns]:
    """What the search finds in the captions."""
    return list(find_nouns(captions, pipeline))


@pytest.fixture(scope="session")
def expected(captions: list[str], pipeline: Any) -> list[list[tuple[str, int]]]:
    """(key, position) of each caption's nouns by a plain loop over spaCy's documents, apart from `Nouns`."""
    listed = []
    for doc in pipeline.pipe(captions):
        words = [t for t in doc if not t.is_punct and not t.is_space and t.tag_ != "POS"]
        tagged = [(t, i) for i, t in enumerate(words) if t.tag_ in ("NN", "NNS", "NNP", "NNPS")]
        pairs = [(re.sub("[^A-Za-z ]", "", t.lemma_), i) for t, i in tagged]
        listed.append([pair for pair in pairs if pair[0]])
    return listed
