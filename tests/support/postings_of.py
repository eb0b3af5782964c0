"""Postings of samples whose keys a test has drawn, for lakes that no run has indexed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from jobs.lake.lake import Lake
from udfs.schemas import POSTINGS

Held = Mapping[tuple[int, int], Any]


def store_postings(lake: Lake, words: Held, labels: Held | None = None) -> None:
    """Replace the postings of the kept lake by these words of captions and, if they are given, labels with scores."""
    specs = {row["scores"] is not None: row["spec"] for row in lake.rows("postings", ["spec", "scores"])}
    for held, images in ((words, False), (labels, True)):
        if held is not None:
            common = {"corpus": "tiny", "spec": specs[images]}
            lake.replace_arrow("postings", common, _posted(held, common))


def _posted(held: Held, common: Mapping[str, str]) -> pa.Table:
    """Rows of postings under the corpus and spec of `common`.

    held: the keys of each sample by shard and ordinal, with scores if it is a dictionary; None: it was not searched.
    """
    found: dict[tuple[str | None, int], list[tuple[int, float]]] = {}
    for (shard, ordinal), keys in held.items():
        for key in () if keys is None else (None, *keys):
            score = keys[key] if key and isinstance(keys, dict) else 0.0
            found.setdefault((key, shard), []).append((ordinal, score))
    rows = [
        {"key": key, "shard": f"{shard:05}.tar", "part": 0, "samples": len(pairs), **common}
        | {"ordinals": [ordinal for ordinal, _ in pairs], "scores": [score for _, score in pairs]}
        for (key, shard), pairs in found.items()
    ]
    return pa.Table.from_pylist(rows, pa.schema([("corpus", pa.string()), ("spec", pa.string()), *POSTINGS]))
