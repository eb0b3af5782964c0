"""The driver holds O(shards + concepts): all that it takes of samples are the rows of a few, in a small wave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tiny
from pyspark.sql.classic.dataframe import DataFrame

from jobs.core.writer import FEW_SAMPLES

SAMPLES = 2 * FEW_SAMPLES + 200
TAKERS = ("collect", "toPandas", "toArrow", "toLocalIterator", "take", "head")


def test_the_driver_never_takes_samples(spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []

    def watched(name: str) -> Any:
        original = getattr(DataFrame, name)

        def take(self: DataFrame, *arguments: Any, **options: Any) -> Any:
            result = original(self, *arguments, **options)
            taken.append(result.num_rows if name == "toArrow" else len(list(result)))
            return result

        return take

    for name in TAKERS:
        monkeypatch.setattr(DataFrame, name, watched(name))
    assert spark.range(3).toArrow().num_rows == taken.pop() == 3
    captions = [[f"a dog and a cat, number {row}" for row in range(SAMPLES // 2)] for _ in range(2)]
    tiny.corpus(tmp_path / "corpus", captions)
    settings = tiny.settings_dict(tmp_path)
    assert tiny.run_here(spark, settings, ["ingest", "captions", "count", "report"]).complete
    assert max(taken, default=0) <= 2 * len(tiny.CONCEPTS) + 2 * 4
