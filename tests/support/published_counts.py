"""Published counts in a kept lake, without an import: rows of a spec of stage `published`."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import tiny

from jobs.lake.lake import Lake
from jobs.lake.tables import SCHEMA_VERSION

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def kept_lake(folder: Path) -> Path:
    """Settings of the lake that is kept for tests, unpacked beside them: tiny.CAPTIONS with pictures."""
    with zipfile.ZipFile(GOLDEN / f"lake-{SCHEMA_VERSION}.zip") as archive:
        archive.extractall(folder / "lake")
    return tiny.write_settings(folder, images={"tagger": tiny.TAGGER, "batch_size": 4})


def add_counts(
    lake: Lake,
    corpus: str,
    lists: Mapping[str, Mapping[str, int]],
    search: str = "text",
    threshold: float | None = None,
    method: str | None = "lemmatized",
) -> None:
    """Counts of a corpus under one search: list -> concept -> samples."""
    body = {"kind": "search_counts", "corpus": corpus, "search": search, "threshold": threshold}
    body |= {"method": method} if method else {}
    spec = f"{corpus}-{search}-{threshold}-{method}"
    row = {"spec": spec, "stage": "published", "body": json.dumps(body), "created": datetime.now(UTC)}
    lake.replace_rows("specs", {"spec": spec}, [row])
    common = {"corpus": corpus, "spec": spec, "search": search, "threshold": threshold, "measure": "concept"}
    rows = [
        {**common, "concept": concept, "list": name, "frequency": count, "unanswerable": None, "shards": 0}
        for name, counts in lists.items()
        for concept, count in counts.items()
    ]
    lake.replace_rows("concept_counts", {"corpus": corpus, "spec": spec}, rows)
