"""Stored terms and concept lists for the counting benchmark, drawn by seed from the nouns of real captions.

A row has the nouns of a real caption and, in every other row, a rare word more: those follow Zipf's law over a million
words, so that files have the many spellings of web captions. Shards have 10,000 samples, as img2dataset makes them.
"""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from udfs.text.nouns import find_nouns, load_pipeline

CAPTIONS = 20_000
SHARD = 10_000
TAIL = 1_000_000
SEED = 0
PART = 100_000


def real_captions(corpora: Path) -> list[str]:
    """English captions of ../shared/corpora/captions, in a random order that a seed gives."""
    folder = corpora / "captions"
    found: list[str] = []
    for name in ("web_alt_text", "multi30k_en", "coco_val2017"):
        found += pq.read_table(folder / f"{name}_laion_columns.parquet").column("TEXT").to_pylist()
    for name in ("cc3m_val", "coco_as_cc3m"):
        with (folder / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
            found += [row[0] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    kept = [caption for caption in found if caption]
    return [kept[place] for place in np.random.default_rng(SEED).permutation(len(kept))]


def real_nouns(corpora: Path, kept: Path) -> tuple[pa.ListArray, float]:
    """Nouns of 20,000 of them, and how many captions a second one core needed; found once and kept in a file."""
    if not kept.exists():
        captions = real_captions(corpora)[:CAPTIONS]
        pipeline = load_pipeline("en_core_web_sm")
        began = time.perf_counter()
        nouns = [list(found.keys) for found in find_nouns(captions, pipeline)]
        rate = CAPTIONS / (time.perf_counter() - began)
        kept.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"nouns": nouns}).replace_schema_metadata({"rate": str(rate)}), kept)
    table = pq.read_table(kept)
    return table.column("nouns").combine_chunks(), float(table.schema.metadata[b"rate"])


def draw_terms(nouns: pa.ListArray, rows: int) -> Iterator[pa.Table]:
    """`rows` rows of shard, sample, ordinal, status and keys, 100,000 at a time."""
    tail = pa.array([tail_word(rank) for rank in range(TAIL)])
    rng = np.random.default_rng(SEED)
    for start in range(0, rows, PART):
        count = min(PART, rows - start)
        drawn = nouns.take(pa.array(rng.integers(0, len(nouns), count)))
        ranks = np.exp(rng.random(count) * np.log(TAIL)).astype(np.int64)
        more = pa.array(rng.random(count) < 0.5)
        rare = pa.ListArray.from_arrays(np.arange(count + 1, dtype=np.int32), tail.take(pa.array(ranks)))
        yield pa.table(
            {
                "shard": [shard_name(row // SHARD) for row in range(start, start + count)],
                "sample": [f"{row % SHARD:09}" for row in range(start, start + count)],
                "ordinal": [row % SHARD for row in range(start, start + count)],
                "status": ["ok"] * count,
                "keys": _joined(drawn, rare.filter(more), more),
            }
        )


def shard_name(number: int) -> str:
    """The shard's name, as img2dataset gives it."""
    return f"{number:05}.tar"


def tail_word(rank: int) -> str:
    """A made-up word of five letters for each rank below 26^4."""
    letters, number = "q", rank
    for _ in range(4):
        number, letter = divmod(number, 26)
        letters += chr(ord("a") + letter)
    return letters


def concept_names(nouns: pa.ListArray, corpora: Path, count: int) -> list[str]:
    """So many names: the concepts of the paper's counts, then nouns of the captions by frequency, rare words and pairs.

    Half of what is beyond nouns are pairs of a noun and another word, as lists of titles and bigrams have them.
    """
    paper = pq.read_table(corpora.parent / "paper" / "search_counts.parquet", columns=["concept"])
    common = [word.lower() for word, _ in Counter(nouns.flatten().to_pylist()).most_common()]
    names = dict.fromkeys([*sorted(set(paper["concept"].to_pylist())), *common])
    rng = np.random.default_rng(SEED)
    for rank in range(TAIL):
        if len(names) >= count:
            break
        pair = f"{common[rng.integers(len(common))]} {tail_word(int(rng.integers(TAIL)))}"
        names |= {tail_word(rank): None, pair: None}
    return list(names)[:count]


def _joined(lists: pa.ListArray, extra: pa.ListArray, where: pa.BooleanArray) -> pa.ListArray:
    """Each list, with one of `extra` at its end in the rows that `where` marks."""
    marks = where.to_numpy(zero_copy_only=False)
    lengths = lists.value_lengths().to_numpy()
    ends = np.cumsum(lengths + marks)
    order = np.argsort(
        np.concatenate([np.repeat(np.arange(len(marks)), lengths), np.flatnonzero(marks)]), kind="stable"
    )
    words = pa.concat_arrays([lists.flatten(), extra.flatten()]).take(pa.array(order))
    return pa.ListArray.from_arrays(pa.array(np.concatenate([[0], ends]), pa.int32()), words)
