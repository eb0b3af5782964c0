"""`doctor`: whether this machine and its executors can do what the settings ask for, one line per finding."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict

from pyspark.sql import SparkSession

from jobs.core.session import get_session
from jobs.doctor import clocks, executors, inputs, machine, spark_session, storage
from jobs.doctor.findings import Finding, guarded, tried
from jobs.lake.location import parse
from jobs.settings.settings import Settings
from jobs.settings.storage import check_credentials


def doctor(settings: Settings, arguments: Namespace) -> int:
    """Print every finding; exit status 0 if all is well, else 1."""
    findings = []
    for finding in examine(settings):
        findings.append(finding)
        if not arguments.json:
            print(finding, flush=True)
    if arguments.json:
        print(json.dumps([asdict(finding) for finding in findings]))
    return 0 if all(finding.well for finding in findings) else 1


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at the machine, the inputs, the session, the lake's storage, every executor, and their clocks."""
    yield from machine.look()
    yield from inputs.look(settings)
    started = tried("spark", lambda: spark_session.describe(_session(settings)))
    yield started
    if not started.well:
        return
    session = _session(settings)
    yield from guarded("lake", lambda: storage.look(session, settings))
    yield from guarded("executors", lambda: executors.look(session, settings))
    yield from guarded("clocks", lambda: clocks.look_at_executors(session, settings.lease_seconds))


def _session(settings: Settings) -> SparkSession:
    check_credentials(settings.storage)
    return get_session(settings.spark, parse(settings.lake))
