"""An S3 server on this machine (moto's) with a private and a public bucket, and settings that reach them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from entry_scripts import LOOPBACK, free_port, wait_for

SERVER = Path(__file__).with_name("s3_server.py")
# Whose requests may do everything: the tests' own.
OWNER = "owner"
LAKES, PUBLIC = "lakes", "public-corpora"
KEY, SECRET = "AKIDEXAMPLE", "never/shown+anywhere"
# Names that no library looks for by itself.
VARIABLES = {"key": "LAKE_KEY", "secret": "LAKE_SECRET"}


@dataclass(frozen=True)
class Server:
    """A running server."""

    address: str

    @property
    def client(self) -> Any:
        """One that may do everything."""
        return boto3.client(
            "s3",
            endpoint_url=self.address,
            aws_access_key_id=OWNER,
            aws_secret_access_key="any",
            region_name="us-east-1",
        )

    @property
    def environment(self) -> dict[str, str]:
        """That of a process which has the credentials of LAKES under VARIABLES, and no others."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {**own, VARIABLES["key"]: KEY, VARIABLES["secret"]: SECRET, "AWS_EC2_METADATA_DISABLED": "true"}

    @property
    def storage(self) -> dict[str, Any]:
        """The section of the settings: LAKES with the credentials, PUBLIC without any."""
        return {
            f"s3://{LAKES}": {"endpoint": self.address, "environment": VARIABLES},
            f"s3://{PUBLIC}": {"endpoint": self.address, "anonymous": True},
        }

    def upload(self, folder: Path, prefix: str) -> None:
        """The files of a folder into PUBLIC."""
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            key = f"{prefix}/{file.relative_to(folder)}"
            self.client.upload_file(str(file), PUBLIC, key, ExtraArgs={"ACL": "public-read"})

    def download(self, prefix: str, folder: Path) -> None:
        """What lies under a prefix of LAKES, and nothing else, into a folder."""
        shutil.rmtree(folder, ignore_errors=True)
        client = self.client
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=LAKES, Prefix=f"{prefix}/")
        for key in [found["Key"] for page in pages for found in page.get("Contents", []) if found["Size"]]:
            target = folder / key.removeprefix(f"{prefix}/")
            target.parent.mkdir(parents=True, exist_ok=True)
            client.download_file(LAKES, key, str(target))


@contextmanager
def server(log: Path) -> Iterator[Server]:
    """A server with both buckets, empty."""
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, SERVER, str(port), KEY], stdout=output, stderr=output)
        try:
            wait_for(lambda: _listens(port), "the S3 server", log)
            running = Server(f"http://{LOOPBACK}:{port}")
            for bucket in (LAKES, PUBLIC):
                running.client.create_bucket(Bucket=bucket)
            yield running
        finally:
            process.kill()
            process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((LOOPBACK, port)) == 0
