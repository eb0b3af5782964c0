"""An S3 server on this machine (moto's), and what Spark and the libraries need to reach it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from entry_scripts import LOOPBACK, free_port, wait_for

# Of the Hadoop release that the installed Spark carries; with the AWS SDK 690 MB on the first use.
HADOOP_AWS = "org.apache.hadoop:hadoop-aws:3.5.0"
SECRET = "never shown"


@contextmanager
def server(bucket: str, log: Path) -> Iterator[dict[str, str]]:
    """A running server with an empty bucket; yields the environment in which Arrow and deltalake reach it."""
    port = free_port()
    address = f"http://{LOOPBACK}:{port}"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "moto.server", "-H", LOOPBACK, "-p", str(port)]
        process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            wait_for(lambda: _listens(port), "the S3 server", log)
            keys = {"aws_access_key_id": "key", "aws_secret_access_key": SECRET, "region_name": "us-east-1"}
            boto3.client("s3", endpoint_url=address, **keys).create_bucket(Bucket=bucket)
            yield {
                **os.environ,
                "AWS_ENDPOINT_URL": address,
                "AWS_ALLOW_HTTP": "true",
                "AWS_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "key",
                "AWS_SECRET_ACCESS_KEY": SECRET,
            }
        finally:
            process.kill()
            process.wait()


def spark_conf(environment: dict[str, str]) -> dict[str, Any]:
    """What a session in that environment needs besides: the connector, and what Hadoop takes from no variable."""
    return {
        "spark.jars.packages": HADOOP_AWS,
        "spark.hadoop.fs.s3a.endpoint": environment["AWS_ENDPOINT_URL"],
        "spark.hadoop.fs.s3a.endpoint.region": environment["AWS_REGION"],
        "spark.hadoop.fs.s3a.path.style.access": "true",
    }


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((LOOPBACK, port)) == 0
