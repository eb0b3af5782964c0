"""The properties files for spark-submit say what the command line's own session says."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.core.session import DEFAULTS, DELTA_PACKAGE

CONF = Path(__file__).resolve().parents[1] / "conf"


def properties(name: str) -> dict[str, str]:
    """A Spark properties file as Spark reads it: key, white space, value."""
    lines = (CONF / name).read_text().splitlines()
    return {key: value for key, value in (line.split(None, 1) for line in lines if line and line[0] != "#")}


@pytest.mark.parametrize("name", sorted(file.name for file in CONF.glob("spark-*.conf")))
def test_they_agree_with_the_session(name: str) -> None:
    found = properties(name)
    # Whether a page is shown and how much is logged is for whoever runs the cluster.
    theirs = ("spark.ui.enabled", "spark.log.level")
    expected = {key: value for key, value in DEFAULTS.items() if key not in theirs}
    assert {key: found.get(key) for key in expected} == expected
    assert found["spark.jars.packages"] == DELTA_PACKAGE
