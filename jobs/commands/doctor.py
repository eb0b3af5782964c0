"""`doctor`: whether this machine and its executors can do what the settings ask for, one line a finding."""

from __future__ import annotations

import json
import os
import platform
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import pyarrow as pa
from pyspark.sql import SparkSession

from jobs.concepts.lists import list_names
from jobs.core.frames import one_task_each, spark_schema
from jobs.core.listing import list_shards
from jobs.core.sections import captions_section, noun_engine
from jobs.core.session import get_session, java_version
from jobs.errors import ConceptfreqError
from jobs.lake.lake import Lake
from jobs.lake.location import parse
from jobs.settings.settings import Settings
from jobs.stages import inputs
from jobs.stages.registry import wanted_stages
from udfs.inspection import EXECUTOR, InspectTask

# Enough small tasks that every executor gets one.
TASKS = 16


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, whether it is well, and what was found."""

    what: str
    well: bool
    found: str


def doctor(settings: Settings, arguments: Namespace) -> int:
    """Print every finding; exit status 0 where all is well, else 1."""
    findings = list(examine(settings))
    if arguments.json:
        print(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            print(f"{'ok ' if finding.well else 'BAD'}  {finding.what}: {finding.found}")
    return 0 if all(finding.well for finding in findings) else 1


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at Python, Java, paths, lists, models, Spark with Delta, the lake, and every executor, in this order."""
    yield Finding("python", True, platform.python_version())
    if "SPARK_REMOTE" not in os.environ:
        java = java_version()
        yield Finding("java", java is not None and java >= 17, str(java or "none: install a JRE 17 or newer"))
    for corpus in settings.corpora:
        yield _try(f"corpus {corpus.name}", lambda c=corpus: f"{len(list_shards(c).shards)} shards")  # type: ignore[misc]
    for source in settings.concepts:
        yield _try(f"concepts {source.name}", lambda s=source: f"{len(list_names(s))} names")  # type: ignore[misc]
    for stage in wanted_stages(settings):
        yield _try(stage, lambda s=stage: _checked(settings, s))  # type: ignore[misc]
    try:
        session = get_session(settings.spark, parse(settings.lake))
    except ConceptfreqError as error:
        yield Finding("spark", False, str(error))
        return
    yield Finding("spark", True, f"{session.version} with Delta Lake")
    yield _try("lake", lambda: _commit(session, settings))
    yield from _executors(session, settings)


def _checked(settings: Settings, stage: str) -> str:
    inputs.check_inputs(settings, [stage])
    if stage == "captions":
        return f"what it needs is there; nouns by {noun_engine(captions_section(settings)).note}"
    return "what it needs is there"


def _try(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, look())
    except (ConceptfreqError, OSError, ValueError) as error:
        return Finding(what, False, str(error))


def _commit(session: SparkSession, settings: Settings) -> str:
    """Let Spark commit to the lake, and change no row of it."""
    lake = Lake(session, settings.lake)
    try:
        lake.replace("leases", {"corpus": "", "stage": "doctor"}, lake.frame("leases", []))
    # Of Spark, py4j, Delta or the storage beneath: each has its own, and the lake cannot be written in any case.
    except Exception as error:
        raise ConceptfreqError(" ".join(str(error).splitlines()[:2])[:500]) from error
    return f"{settings.lake} takes a commit"


def _executors(session: SparkSession, settings: Settings) -> Iterator[Finding]:
    device = settings.images.device if settings.images else None
    task = InspectTask(device, tuple(corpus.path for corpus in settings.corpora))
    rows = one_task_each(session, TASKS).mapInArrow(task, spark_schema(EXECUTOR)).distinct().toArrow()
    for row in _sorted(rows):
        yield Finding(f"executor on {row['host']}", row["problem"] is None, row["problem"] or row["found"])


def _sorted(rows: pa.Table) -> list[dict[str, str]]:
    return sorted(rows.to_pylist(), key=lambda row: (row["host"], row["problem"] or "", row["found"] or ""))
