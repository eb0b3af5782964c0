"""Every executor: its Python and libraries, its devices, and whether it can read the input of a run."""

from __future__ import annotations

from collections.abc import Iterator

from pyspark.sql import SparkSession

from jobs.core.frames import one_task_everywhere, spark_schema
from jobs.doctor.findings import Finding
from jobs.doctor.inputs import first_shards, model_files
from jobs.settings.settings import Settings
from udfs.inspection import EXECUTOR, InspectTask


def look(spark: SparkSession, settings: Settings) -> Iterator[Finding]:
    """One finding for each machine and each thing checked on it."""
    task = InspectTask(_devices(settings), (*first_shards(settings), *model_files(settings)))
    rows = one_task_everywhere(spark).mapInArrow(task, spark_schema(EXECUTOR)).distinct().toArrow().to_pylist()
    for row in sorted(rows, key=lambda row: (row["host"], row["what"], row["found"] or "", row["problem"] or "")):
        yield Finding(
            f"executor on {row['host']}, {row['what']}", row["problem"] is None, row["found"] or row["problem"]
        )


def _devices(settings: Settings) -> tuple[str, ...]:
    """The devices that the settings ask for, each once."""
    sections = (section for section in (settings.images, settings.evaluate) if section)
    return tuple(dict.fromkeys(section.device for section in sections))
