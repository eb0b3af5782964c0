"""`maintain` where only SQL reaches the tables: a schema of a catalog."""

from __future__ import annotations

from typing import Any

import pytest
import tiny

from jobs.commands.doctor import examine
from jobs.commands.maintain import LISTING
from jobs.core import staging
from jobs.lake.lake import Lake
from jobs.lake.lease import Lease
from jobs.maintenance.whole_lake import Options, carry_out, plan
from jobs.maintenance.whole_lake import examine as look
from jobs.settings.settings import Settings

SCHEMA = "spark_catalog.tended"


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_catalog_is_tried_and_looked_after(spark: Any, tmp_path: Any) -> None:
    tiny.corpus(tmp_path / "corpus", [["a dog"]] * 5)
    settings = Settings.model_validate(tiny.settings_dict(tmp_path, lake=SCHEMA, waves={"max_shards": 1}))
    lake = Lake(spark, SCHEMA)
    for key, value in LISTING.items():
        spark.conf.set(key, value)
    try:
        findings = {finding.what: finding for finding in examine(settings)}
        assert findings["lake, by Spark"].doubtful and not spark.catalog.databaseExists(SCHEMA)
        assert tiny.run_here(spark, settings.model_dump()).complete
        before = {name: lake.read(name).toArrow().to_pylist() for name in ("samples", "caption_terms", "shards")}
        left = f"{SCHEMA}.staging_images_tiny_0123abcd"
        spark.sql(f"CREATE TABLE {left} (a INT) USING delta")
        spark.sql(f"CREATE TABLE {SCHEMA}.staging_of_somebody_else (a INT) USING delta")

        planned = plan(lake, look(lake, settings, Options()), Options())
        assert {"samples", "caption_terms", "shards"} <= {one.table for one in planned}
        lease = Lease.of_whole_lake(lake, 60)
        with lease.hold():
            done = {one.table: one for one in carry_out(lake, settings, Options(), lease, planned)}
        assert (done["samples"].files, done["samples"].files_after) == (5, 1)
        assert done[f"{staging.FOLDER}/staging_images_tiny_0123abcd"].files is None
        for name, rows in before.items():
            assert sorted(map(repr, lake.read(name).toArrow().to_pylist())) == sorted(map(repr, rows))
        assert plan(lake, look(lake, settings, Options()), Options()) == []
        assert spark.catalog.tableExists(f"{SCHEMA}.staging_of_somebody_else")

        findings = {finding.what: finding for finding in examine(settings)}
        assert all(finding.well and not finding.doubtful for finding in findings.values()), findings
        assert not [one.name for one in spark.catalog.listTables(SCHEMA) if one.name.startswith("doctor")]
    finally:
        spark.sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        for key in LISTING:
            spark.conf.unset(key)
