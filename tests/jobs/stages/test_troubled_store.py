"""Shards in a bucket whose server fails a third of the requests, or refuses some: equal tables, and nothing lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import s3
import tiny
from troubled_proxy import TROUBLES, Trouble, proxy

from jobs.lake.lake import Lake

IMAGES = {"tagger": tiny.TAGGER, "batch_size": 4}
COUNTED = ("search", "threshold", "measure", "concept", "frequency")


def settings_of(folder: Path, address: str, lake: str, **changes: Any) -> dict[str, Any]:
    """Settings of a run over the bucket's shards, which come from the server or proxy at this address."""
    corpus = {"name": "tiny", "format": "webdataset", "path": f"s3://{s3.PUBLIC}/tiny"}
    storage = {f"s3://{s3.PUBLIC}": {"endpoint": address, "anonymous": True}}
    return tiny.settings_dict(folder, corpora=[corpus], storage=storage, lake=str(folder / lake), **changes)


def counted(spark: Any, settings: dict[str, Any]) -> list[tuple[Any, ...]]:
    rows = Lake(spark, settings["lake"]).rows("concept_counts")
    return sorted(tuple(row[name] for name in COUNTED) for row in rows)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_requests_that_fail_change_no_count_and_refused_ones_are_repaired(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus", images=True)
    with s3.server(tmp_path / "server.log") as server:
        server.upload(tmp_path / "corpus", "tiny")
        whole = settings_of(tmp_path, server.address, "whole", images=IMAGES)
        assert tiny.run_here(spark, whole).complete

        trouble = Trouble(share=0.3, seed=1)
        with proxy(server.address, trouble) as address:
            troubled = settings_of(tmp_path, address, "troubled", images=IMAGES)
            assert tiny.run_here(spark, troubled).complete
        assert set(trouble.seen) == set(TROUBLES)
        assert counted(spark, troubled) == counted(spark, whole) != []

        refusing = Trouble()
        with proxy(server.address, refusing) as address:
            refused = settings_of(tmp_path, address, "refused", images=IMAGES)
            assert tiny.run_here(spark, refused, ["ingest", "captions"]).succeeded
            refusing.refused = ("00001.tar",)
            result = tiny.run_here(spark, refused, ["images", "count"])
            assert not result.succeeded
            [images] = [stage for stage in result.stages if stage.stage == "images"]
            assert list(images.failed) == ["00001.tar"] and "ACCESS_DENIED" in images.failed["00001.tar"]
            refusing.refused = ()
            assert tiny.run_here(spark, refused).complete
        assert counted(spark, refused) == counted(spark, whole)
