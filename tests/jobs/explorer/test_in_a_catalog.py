"""The explorer of a lake in a catalog shows what that of a folder shows; its session is there before it listens."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import tiny
import yaml
from explored import FIT, SCORES, Served, serving
from pyspark.sql import SparkSession

from jobs.cli import main

SCHEMA = "spark_catalog.explored"
ASKED = (
    "/",
    "/concepts",
    "/concept?name=dog",
    "/concept?name=mat",
    "/compare?name=dog&name=cat",
    "/law?name=dog&part=1",
    "/samples?name=dog&search=text&part=1",
    "/together?name=dog&search=text&corpus=tiny&part=1",
    "/suggest?name=bi",
    "/concept?name=nothing+of+that+name",
)


@pytest.fixture(scope="module")
def both(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Served]]:
    """The explorers of one corpus and its scores, in a folder and in the catalog."""
    folder = tmp_path_factory.mktemp("explored")
    tiny.corpus(folder / "corpus")
    rows = [("quiz", name, "answerer", "accuracy", score, "") for name, score in SCORES.items()]
    with (folder / "scores.csv").open("w") as file:
        csv.writer(file).writerows([("set", "concept", "model", "metric", "value", "samples"), *rows])
    configs = []
    for lake in (str(folder / "lake"), SCHEMA):
        given = tiny.settings_dict(folder, lake=lake)
        assert tiny.run_here(spark, given).complete
        configs.append(folder / f"{len(configs)}.yaml")
        configs[-1].write_text(yaml.safe_dump({**given, "fit": FIT}))
        assert main(["import-scores", str(folder / "scores.csv"), "--config", str(configs[-1])]) == 0
    with serving(configs[0]) as in_folder, serving(configs[1], session=spark) as in_catalog:
        yield in_folder, in_catalog
    spark.sql(f"DROP SCHEMA {SCHEMA} CASCADE")


@pytest.mark.long
@pytest.mark.timeout(900)
def test_it_answers_as_in_a_folder(both: tuple[Served, Served]) -> None:
    in_folder, in_catalog = both
    for asked in ASKED:
        expected, answer = in_folder.get(asked), in_catalog.get(asked)
        assert answer.status == expected.status == 200 and answer.text == expected.text, asked
    form = urlencode({"format": "csv", "key": json.dumps(["tiny", "00000.tar", 0])}).encode()
    expected, answer = (one.ask("POST", "/save", form) for one in both)
    assert (
        answer.status == expected.status == 200 and answer.body == expected.body and b"a dog and a cat" in answer.body
    )


def test_a_catalog_that_is_not_there_is_refused_before_anybody_waits(
    spark: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tiny.write_settings(tmp_path, lake="results.v1")
    assert main(["explore", str(config), "--port", "0"]) == 2
    assert "no catalog 'results'" in caplog.text and capsys.readouterr().out == ""
