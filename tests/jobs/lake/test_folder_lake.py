"""Lakes in folders: with unusual names, where Spark's default file system is another, and where it sees none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny

from jobs.core import reach, staging
from jobs.core.context import Context
from jobs.errors import SettingsError
from jobs.lake.lake import Lake
from jobs.lake.location import parse
from jobs.results.counts.frequencies import frequencies
from jobs.settings.settings import Settings

# Everything that Spark, SQL, a URI or a shell could take for something else, and Delta's libraries can read.
UNUSUAL = "a b#?*{c}'\"`$;:,%é&=+~.v1"


@pytest.fixture
def default_elsewhere(spark: Any) -> Iterator[None]:
    """A session as on a cluster: a path without a scheme is not a local one."""
    spark.conf.set("fs.defaultFS", "hdfs://nowhere.invalid")
    yield
    spark.conf.unset("fs.defaultFS")


@pytest.mark.usefixtures("default_elsewhere")
def test_a_table_is_staged_written_and_read_whatever_the_folder_is_called(spark: Any, tmp_path: Path) -> None:
    folder = tmp_path / UNUSUAL / "lake"
    lake, where = Lake(spark, str(folder)), {"corpus": "c", "spec": "s"}
    row = {**where, "shard": "a.tar", "sample": "0", "ordinal": 0, "status": "ok"}
    with staging.evaluated(spark, lake.at, "captions-c", lake.frame("caption_terms", [row])) as rows:
        lake.replace("caption_terms", where, rows)
    assert [found["shard"] for found in Lake(None, folder.as_uri()).rows("caption_terms")] == ["a.tar"]
    assert lake.read("caption_terms").count() == 1
    assert {path.name for path in tmp_path.iterdir()} == {UNUSUAL}
    assert not [path for path in (folder / "_staging").rglob("*") if path.is_file()]


@pytest.mark.long
@pytest.mark.usefixtures("default_elsewhere")
def test_a_folder_is_a_folder_whatever_its_name_and_the_default(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus")
    lake = tmp_path / UNUSUAL / "lake"
    for location in (str(lake), lake.as_uri()):
        settings = Settings.model_validate(tiny.settings_dict(tmp_path, lake=location))
        result = tiny.run_here(spark, settings.model_dump())
        assert result.complete
        rows = frequencies(Context(settings, Lake(None, location)), settings.corpora[0], "text")
        assert {row.concept: row.frequency for row in rows}["dog"] == 3
    assert result.idle, "both spellings are one lake"
    assert {path.name for path in tmp_path.iterdir()} == {"corpus", "concepts.txt", UNUSUAL}


def test_a_folder_that_spark_does_not_see_is_refused(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = parse(f"{tmp_path}/lake {{x}}")
    reach.check(spark, location)
    assert not list(tmp_path.iterdir()), "one process needs no looking"
    monkeypatch.setattr(reach, "_one_process", lambda _: False)
    reach.check(spark, location)
    assert not list((tmp_path / "lake {x}").iterdir()), "what was written to look is gone"
    # As a server sees it that runs elsewhere.
    monkeypatch.setattr(type(location), "spark", lambda self, name: f"file:{tmp_path}/elsewhere/{name}")
    with pytest.raises(SettingsError, match="Spark does not see it: use what all machines share"):
        reach.check(spark, location)
    assert not list((tmp_path / "lake {x}").iterdir())
