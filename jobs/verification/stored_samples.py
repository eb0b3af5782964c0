"""Reads the stored rows of the drawn samples, and nothing else of the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jobs.lake.lake import Lake
from jobs.verification.finished import Finished
from jobs.verification.sample_views import SampleView, Tags, Text

READ = ["sample", "status", "caption", "caption_repaired", "image"]

Place = tuple[str, int]


def stored(lake: Lake, done: Finished, drawn: Mapping[str, Sequence[int]]) -> dict[Place, SampleView]:
    """The stored view of each drawn (shard, ordinal). Keep `drawn` small: the driver holds its rows."""
    where = {"corpus": done.corpus.name, "shard": list(drawn)}
    ordinals = sorted({ordinal for some in drawn.values() for ordinal in some})
    rows = lake.rows("samples", ["shard", "ordinal", *READ], spec=done.specs["ingest"], ordinal=ordinals, **where)
    read = {(row["shard"], row["ordinal"]): {name: row[name] for name in READ} for row in rows}
    where["sample"] = sorted({row["sample"] for row in read.values()})
    texts = _by_sample(lake, "caption_terms", ["status", "keys", "positions"], done.specs.get("captions"), where)
    tags = _by_sample(lake, "image_features", ["status", "tags"], done.specs.get("images"), where)
    found = {}
    for place in ((shard, ordinal) for shard, some in drawn.items() for ordinal in some):
        row = read.get(place)
        key = (place[0], row["sample"] if row else "")
        found[place] = SampleView(row, _text(texts.get(key)), _tags(tags.get(key)))
    return found


def _by_sample(
    lake: Lake, table: str, columns: list[str], spec: str | None, where: Mapping[str, Any]
) -> dict[tuple[str, str], dict[str, Any]]:
    if spec is None:
        return {}
    rows = lake.rows(table, ["shard", "sample", *columns], spec=spec, **where)
    return {(row["shard"], row["sample"]): row for row in rows}


def _text(row: Mapping[str, Any] | None) -> Text | None:
    return None if row is None else Text(row["status"], tuple(row["keys"] or ()), tuple(row["positions"] or ()))


def _tags(row: Mapping[str, Any] | None) -> Tags | None:
    return None if row is None else Tags(row["status"], {tag["label"]: tag["score"] for tag in row["tags"] or ()})
