"""Turns captions into nouns, or into the keys of another index, on an executor, one Arrow record batch at a time.

Every input row gives one output row. A row that could not be searched has a status, so that a shard's samples and its
statuses add up.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import pyarrow as pa

from udfs.schemas import TERMS
from udfs.statuses import CAPTION_CUT, EMPTY_CAPTION, NO_CAPTION, OK
from udfs.text.cleaning import searched_part
from udfs.text.engines import CHECK_SHARE, Engine, EngineName, load_engine
from udfs.text.lean import import_spacy
from udfs.text.modes import Index, find_terms
from udfs.text.nouns import Nouns

log = logging.getLogger(__name__)

ROWS: Final = 4096
# spaCy refuses texts above a million characters. Its memory grows with the length: 0.3 GB for a caption of
# 100,000 characters, 2.8 GB for one of a million (measured).
LONGEST: Final = 1_000_000
MAX_CHARACTERS: Final = 100_000


@dataclass(frozen=True)
class NounTask:
    """Record batches with shard, sample, ordinal and caption -> batches of the schema TERMS, of at most 4,096 rows.

    pipeline: the name of a spaCy pipeline. clean: captions are cleaned first (udfs/text/cleaning.py). max_characters: a
    longer caption is cut there, after cleaning, and gets the status caption_cut. A null caption gets no_caption and
    null lists; an empty or blank one gets empty_caption and empty lists. index: what the columns keys and positions
    hold (udfs/text/modes.py). engine, check_share: how nouns are found (udfs/text/engines.py). Both engines find the
    same; if they differ, the task raises DifferentNouns.
    """

    pipeline: str = "en_core_web_sm"
    max_characters: int = MAX_CHARACTERS
    index: Index = "nouns"
    engine: EngineName = "fast"
    check_share: float = CHECK_SHARE
    clean: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.max_characters <= LONGEST:
            raise ValueError(f"max_characters is {self.max_characters}: spaCy takes 1 to {LONGEST}")

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = batch.select(["shard", "sample", "ordinal", "caption"])
            for start in range(0, rows.num_rows, ROWS):
                yield self._terms(rows.slice(start, ROWS))

    def _terms(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        began = time.perf_counter()
        texts, statuses, details = self._prepare(rows["caption"].to_pylist())
        found = self._search(texts, statuses)
        spent = time.perf_counter() - began
        shards = rows["shard"].to_pylist()
        columns = {
            "shard": shards,
            "sample": rows["sample"],
            "ordinal": rows["ordinal"],
            "status": statuses,
            "detail": details,
            "keys": [None if one is None else one.keys for one in found],
            "positions": [None if one is None else one.positions for one in found],
            "seconds": share_seconds(spent, shards, texts),
        }
        return pa.RecordBatch.from_arrays([pa.array(columns[field.name], field.type) for field in TERMS], schema=TERMS)

    def _prepare(self, captions: list[str | None]) -> tuple[list[str], list[str], list[str | None]]:
        """(the text to search, status, detail) of each caption, as three lists."""
        texts, statuses, details = [], [], []
        for caption in captions:
            text, length = searched_part(caption or "", self.clean, self.max_characters)
            status, detail = OK, None
            if caption is None:
                status = NO_CAPTION
            elif not text.strip():
                status = EMPTY_CAPTION
            elif length > self.max_characters:
                status = CAPTION_CUT
                detail = f"{length} characters, the first {self.max_characters} searched"
            texts.append(text)
            statuses.append(status)
            details.append(detail)
        return texts, statuses, details

    def _search(self, texts: list[str], statuses: list[str]) -> list[Nouns | None]:
        wanted = [text for text, status in zip(texts, statuses, strict=True) if status in (OK, CAPTION_CUT)]
        nouns = self._find(wanted)
        nothing = {EMPTY_CAPTION: Nouns((), ()), NO_CAPTION: None}
        return [nothing[status] if status in nothing else next(nouns) for status in statuses]

    def _find(self, texts: list[str]) -> Iterator[Nouns]:
        if self.index != "text":
            import_spacy(self.pipeline)
        if self.index == "nouns":
            return _engine(self.pipeline, self.engine, self.check_share).find(texts)
        return find_terms(texts, self.index, self.pipeline)


@lru_cache(maxsize=4)
def _engine(pipeline: str, wanted: EngineName, share: float) -> Engine:
    """The engine, whose note is logged once per worker."""
    engine = load_engine(pipeline, wanted, share)
    log.info("nouns by %s", engine.note)
    return engine


def share_seconds(spent: float, shards: Sequence[str], texts: Sequence[str]) -> list[dict[str, float] | None]:
    """The `seconds` column of a batch: each shard's share of the time on its first row, null on the others.

    The pipeline works on all shards of a batch together, so the time is divided by their characters, plus one per row.
    """
    weights: dict[str, int] = {}
    for shard, text in zip(shards, texts, strict=True):
        weights[shard] = weights.get(shard, 0) + len(text) + 1
    total = sum(weights.values())
    return [{"nouns": spent * weights.pop(shard) / total} if shard in weights else None for shard in shards]
