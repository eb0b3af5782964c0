"""What the image starts on Kubernetes, as processes of this machine; no cluster is needed."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tiny
from entry_scripts import ENTRY, LOOPBACK, ROOT, entry_environment, free_port

IMAGE = str(ENTRY / "image.sh")
# What Spark gives an executor's container.
EXECUTOR = {
    "SPARK_DRIVER_URL": f"spark://CoarseGrainedScheduler@{LOOPBACK}:PORT",
    "SPARK_EXECUTOR_ID": "1",
    "SPARK_EXECUTOR_CORES": "2",
    "SPARK_EXECUTOR_MEMORY": "256m",
    "SPARK_APPLICATION_ID": "spark-1",
    "SPARK_EXECUTOR_POD_IP": LOOPBACK,
    "SPARK_EXECUTOR_POD_NAME": "conceptfreq-exec-1",
    "SPARK_RESOURCE_PROFILE_ID": "0",
}


def test_another_command_is_what_it_is() -> None:
    done = subprocess.run([IMAGE, "echo", "a  b"], capture_output=True, text=True, check=True)
    assert done.stdout == "a  b\n"
    assert 'ENTRYPOINT ["/entry/image.sh"]' in (ROOT / "docker" / "Dockerfile").read_text()


def test_an_executor_without_its_environment_says_what_is_missing() -> None:
    bare = {key: value for key, value in entry_environment().items() if not key.startswith("SPARK_")}
    done = subprocess.run([IMAGE, "executor"], env=bare, capture_output=True, text=True)
    assert done.returncode != 0 and "SPARK_EXECUTOR_MEMORY" in done.stderr


def test_an_executor_looks_for_its_driver(tmp_path: Path) -> None:
    port = str(free_port())
    given = {**EXECUTOR, "SPARK_DRIVER_URL": EXECUTOR["SPARK_DRIVER_URL"].replace("PORT", port)}
    options = {"SPARK_JAVA_OPT_0": "-Dfirst=with a space", "SPARK_JAVA_OPT_1": "-Dspark.rpc.numRetries=1"}
    # Java itself says which options it was given.
    environment = {**entry_environment(**given, **options), "JDK_JAVA_OPTIONS": "-XshowSettings:properties"}
    command = [IMAGE, "executor"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "first = with a space" in said and "spark.rpc.numRetries = 1" in said
    assert "KubernetesExecutorBackend" in said and f"Failed to connect to /{LOOPBACK}:{port}" in said


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_driver_runs_the_job(tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus")
    settings = str(tiny.write_settings(tmp_path))
    # As Spark writes them for the driver's pod; the master alone is another.
    properties = (
        ROOT / "conf" / "spark-kubernetes.conf"
    ).read_text() + "spark.master local[2]\nspark.driver.memory 1g\n"
    (tmp_path / "spark.properties").write_text(properties.replace("spark.submit.deployMode", "#"))
    job = [IMAGE, "driver", "--properties-file", str(tmp_path / "spark.properties")]
    job += ["--class", "org.apache.spark.deploy.PythonRunner", str(ROOT / "jobs" / "cli.py"), "run", settings]
    environment = entry_environment(SPARK_DRIVER_BIND_ADDRESS=LOOPBACK)
    done = subprocess.run(job, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    counts = [sys.executable, "-m", "jobs.cli", "counts", settings, "--search", "text"]
    counted = subprocess.run(counts, cwd=ROOT, check=True, capture_output=True, text=True)
    found = {row["concept"]: row["frequency"] for row in csv.DictReader(io.StringIO(counted.stdout))}
    assert (found["dog"], found["unicorn"]) == ("3", "0")


@pytest.mark.parametrize(("listed", "addresses"), [("0\n1\n", ["0", "1"]), ("0\n", ["0"])])
def test_gpus_are_listed_as_spark_wants_them(tmp_path: Path, listed: str, addresses: list[str]) -> None:
    # This machine has none; the program's answer to this question is a number a line.
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\nprintf '{listed}'\n")
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run([ENTRY / "gpus.sh"], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {"name": "gpu", "addresses": addresses}
