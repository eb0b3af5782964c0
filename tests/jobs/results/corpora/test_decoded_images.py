"""Formats and sizes of decoded images, against a plain loop; the driver and Spark say the same."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import offspark
import pyarrow as pa
import pytest

from jobs.core import reading
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from jobs.results.corpora.decoded_images import decoded_sides

WHERE = {"corpus": "tiny", "spec": "some"}
# (shard, format, width, height); 2.tar is not done, and images without a format were not decoded.
IMAGES = [
    ("0.tar", "JPEG", 640, 480), ("0.tar", "JPEG", 480, 640), ("0.tar", None, None, None), ("0.tar", "PNG", 1, 9),
    ("1.tar", "JPEG", 480, 480), ("1.tar", "PNG", 480, 481), ("2.tar", "GIF", 5, 5),
]  # fmt: skip
UNITS = [Unit("0.tar", "f", 4), Unit("1.tar", "f", 2)]
COLUMNS = pa.schema(
    [("shard", pa.string()), ("format", pa.string()), ("width", pa.int32()), ("height", pa.int32())]
    + [(name, pa.string()) for name in WHERE]
)


@pytest.mark.parametrize("by_spark", [False, True])
def test_sides(tmp_path: Path, by_spark: bool, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(*image, *WHERE.values()) for image in IMAGES]
    table = pa.Table.from_pylist([dict(zip(COLUMNS.names, row, strict=True)) for row in rows], COLUMNS)
    offspark.create(str(tmp_path), "image_features", table.schema)
    Lake(None, str(tmp_path)).append_arrow("image_features", table)
    session: Any = request.getfixturevalue("spark") if by_spark else None
    if by_spark:
        monkeypatch.setattr(reading, "SAMPLES_HERE", 1)
    done = [(form, min(width, height)) for shard, form, width, height in IMAGES if form and shard != "2.tar"]
    found = decoded_sides(Lake(session, str(tmp_path)), WHERE, UNITS).to_pylist()
    assert {(row["format"], row["side"]): row["images"] for row in found} == Counter(done)
