"""The archive of `make env-archive` gives executors that have no packages what they need."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from entry_scripts import ROOT, entry_environment
from wheels import build_wheel

# Executors say which Python they are, and find nouns with it.
PROGRAM = """
import json, sys
from pyspark.sql import SparkSession
from udfs import noun_lemmas

def whose(batches):
    import pyarrow as pa, spacy, udfs
    for batch in batches:
        yield pa.RecordBatch.from_pydict({"path": [sys.prefix, spacy.__file__, udfs.__file__]})

spark = SparkSession.builder.getOrCreate()
paths = [row.path for row in spark.range(1).mapInArrow(whose, "path string").collect()]
frame = spark.createDataFrame([("Two dogs on the beach",)], "caption string")
print(json.dumps({"paths": paths, "nouns": frame.select(noun_lemmas("caption")).collect()[0][0]}))
spark.stop()
"""


@pytest.mark.long
@pytest.mark.timeout(900)
def test_executors_find_nouns_with_it(tmp_path: Path, spark_home: Path) -> None:
    archive = tmp_path / "env.tar.gz"
    programs = entry_environment()
    pack = [ROOT / "tools" / "env-archive.sh", sys.executable, build_wheel(tmp_path / "source"), "text", archive]
    subprocess.run(pack, env=programs, check=True)
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    submit = ["spark-submit", "--master", "local-cluster[1,1,1024]", "--archives", f"{archive}#env"]
    submit += ["--conf", "spark.pyspark.python=./env/bin/python", "--conf", "spark.ui.enabled=false"]
    submit += ["--conf", f"spark.pyspark.driver.python={sys.executable}", str(program)]
    # The checkout is on nobody's path: the executors' udfs are the archive's.
    environment = {key: value for key, value in programs.items() if key != "PYSPARK_PYTHON"}
    environment["SPARK_HOME"] = str(spark_home)
    done = subprocess.run(submit, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-5000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["nouns"] == ["beach", "dog"]
    assert all("/env" in path and "/work/" in path for path in found["paths"]), found["paths"]
