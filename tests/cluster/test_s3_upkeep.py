"""`doctor` and `maintain` on a lake in a bucket, by the command line against a real S3 server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import s3
import tiny
from processes import python


def conceptfreq(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Exit status and what a command prints, in a process of its own."""
    done = python("-m", "jobs.cli", *arguments, environment=environment)
    assert done.returncode in (0, 1), done.stderr[-3000:]
    assert s3.SECRET not in done.stdout + done.stderr
    return done.returncode, done.stdout


def keys(server: s3.Server) -> set[str]:
    """The names of what lies in the bucket of lakes."""
    pages = server.client.get_paginator("list_objects_v2").paginate(Bucket=s3.LAKES)
    return {one["Key"] for page in pages for one in page.get("Contents", [])}


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_bucket_is_tried_and_looked_after(tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus", [["a dog"]] * 5)
    with s3.server(tmp_path / "server.log") as server:
        environment = server.environment
        changes: dict[str, Any] = {
            "lake": f"s3a://{s3.LAKES}/a%20lake",
            "report": {"output": str(tmp_path / "report.html")},
            "spark": {"master": "local[2]", "conf": {"spark.sql.shuffle.partitions": 2}},
            "storage": {f"s3://{s3.LAKES}": server.storage[f"s3://{s3.LAKES}"]},
        }
        path = str(tiny.write_settings(tmp_path, **changes, waves={"max_shards": 1}))
        status, found = conceptfreq(environment, "doctor", path)
        assert status == 0, found
        for said in ("by Arrow: a file is", "by Spark: a Delta commit is", "by deltalake: the commit is seen"):
            assert f"ok   lake, {said}" in found
        assert "clock of the lake's storage: agrees" in found
        assert not keys(server), "a lake that is not there yet is not begun"

        assert conceptfreq(environment, "run", path)[0] == 0
        counts = conceptfreq(environment, "counts", path, "--search", "text")[1]
        no_java = {**environment, "JAVA_HOME": "/nonexistent"}
        _, *plan = conceptfreq(no_java, "maintain", path, "--dry-run")[1].splitlines()
        assert {"samples", "caption_terms", "shards"} <= {line.split()[0] for line in plan}
        before = keys(server)
        done = json.loads(conceptfreq(environment, "maintain", path, "--json")[1])["upkeep"]
        samples = next(row for row in done if row["table"] == "samples")
        assert (samples["files"], samples["files_after"], samples["bytes"]) == (5, 1, 0)
        assert before <= keys(server), "what was compacted stays for readers of older versions"
        assert "nothing to do" in conceptfreq(environment, "maintain", path)[1]
        # Whoever takes the risk frees it at once.
        unsafe = ("--retention-hours", "0", "--unsafe-retention", "--json")
        done = json.loads(conceptfreq(environment, "maintain", path, *unsafe)[1])["upkeep"]
        assert next(row for row in done if row["table"] == "samples")["bytes"] > 0
        assert conceptfreq(environment, "counts", path, "--search", "text")[1] == counts
