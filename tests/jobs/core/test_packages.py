"""Packages of Spark are fetched by one process at a time, and nobody waits if they are there."""

from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from jobs.core import packages
from jobs.core.packages import fetched_alone

DELTA = "io.delta:delta-spark_4.2_2.13:4.4.0"


def is_held(folder: Path) -> bool:
    lock = FileLock(folder / "conceptfreq.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return True
    lock.release()
    return False


def test_one_process_fetches_what_is_not_there(tmp_path: Path) -> None:
    conf = {"spark.jars.ivy": str(tmp_path / "ivy"), "spark.jars.packages": f"{DELTA},org.x:y:1"}
    with fetched_alone(conf):
        assert is_held(tmp_path / "ivy")
    assert not is_held(tmp_path / "ivy")


def test_nobody_waits_for_jars_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars" / "io.delta_delta-spark_4.2_2.13-4.4.0.jar").touch()
    conf = {"spark.jars.ivy": str(tmp_path), "spark.jars.packages": DELTA}
    with fetched_alone(conf), fetched_alone({}):
        assert not is_held(tmp_path)
    with fetched_alone({**conf, "spark.jars.packages": f"{DELTA},org.x:y:1"}):
        assert is_held(tmp_path)


@pytest.mark.usefixtures("spark")
def test_spark_keeps_its_jars_where_they_are_looked_for() -> None:
    found = (Path.home() / packages.USUAL_FOLDER / "jars").glob("io.delta_delta-spark_*.jar")
    jars = {packages._jar(f"io.delta:delta-spark_{release}_2.13:4.4.0") for release in ("4.1", "4.2")}
    assert jars & {jar.name for jar in found}
