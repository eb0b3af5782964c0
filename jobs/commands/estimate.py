"""`estimate`: time, core-hours and GPU-hours of every stage over the whole corpora, from a sample of shards, as CSV."""

from __future__ import annotations

import json
import logging
import os
import sys
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from jobs.commands.row_output import emit
from jobs.core.context import Context
from jobs.core.opening import open_lake
from jobs.estimation.costs import CostEstimate, estimated_stages, to_measure
from jobs.estimation.costs import estimate as estimate_corpus
from jobs.settings.settings import Settings
from jobs.stages import inputs

log = logging.getLogger(__name__)

COLUMNS = pa.schema(
    [
        ("corpus", pa.string()),
        ("stage", pa.string()),
        ("source", pa.string()),
        ("shards", pa.int64()),
        ("sampled", pa.int64()),
        ("bytes", pa.int64()),
        ("samples", pa.int64()),
        ("core_seconds_per_1000", pa.float64()),
        ("core_hours", pa.float64()),
        ("core_hours_low", pa.float64()),
        ("core_hours_high", pa.float64()),
        ("gpu_hours", pa.float64()),
        ("cores", pa.int64()),
        ("hours", pa.float64()),
        ("hours_low", pa.float64()),
        ("hours_high", pa.float64()),
        ("phases", pa.string()),
    ]
)
NOT_INCLUDED = "not included: starting Spark and its workers, loading models, writing tables, counting"


def estimate(settings: Settings, arguments: Namespace) -> int:
    """Print one row per stage and corpus; the lake is not changed."""
    stages = estimated_stages(settings)
    inputs.check_inputs(settings, stages)
    context = Context(settings, open_lake(settings), "estimate", max_shards=arguments.max_shards)
    corpora = settings.chosen(arguments.corpus)
    if arguments.dry_run:
        for corpus in corpora:
            wanted = to_measure(context, corpus, arguments.shards, arguments.seed)
            lines = [f"  {shard}: {', '.join(some)}" for shard, some in sorted(wanted.items())]
            print("\n".join([f"estimate {corpus.name}: {len(wanted)} shards to time here", *lines]))
        return 0
    on_gpu = "images" in stages and _on_gpu(settings)
    found = [one for corpus in corpora for one in estimate_corpus(context, corpus, arguments.shards, arguments.seed)]
    cores = arguments.cores or os.cpu_count() or 1
    return _close([row_of(one, cores, on_gpu) for one in found], arguments.json)


def _on_gpu(settings: Settings) -> bool:
    """Whether the images' models run on a GPU: the settings name one, or `auto` finds one on this machine."""
    from udfs.images.device.devices import choose_device

    assert settings.images is not None
    device = settings.images.device
    return device.startswith("cuda") or (device == "auto" and choose_device(device).type == "cuda")


def _close(rows: list[Mapping[str, Any]], as_json: bool) -> int:
    hours = sum(row["core_hours"] for row in rows)
    gpu_hours = sum(row["gpu_hours"] or 0.0 for row in rows)
    if as_json:
        print(json.dumps({"core_hours": hours, "gpu_hours": gpu_hours, "not_included": NOT_INCLUDED, "stages": rows}))
    else:
        emit(rows, COLUMNS, "csv", None)
    for row in rows:
        if row["core_hours_low"] is None:
            log.warning("%s %s: too few shards for an interval: take more (--shards)", row["corpus"], row["stage"])
    gpu = f", GPU-hours {gpu_hours:.4g}" if gpu_hours else ""
    sys.stderr.write(f"core-hours {hours:.4g}{gpu}; {NOT_INCLUDED}\n")
    return 0


def row_of(one: CostEstimate, cores: int, on_gpu: bool) -> Mapping[str, Any]:
    """An estimate in COLUMNS; its hours are those on this number of cores."""
    hours = [_hours(seconds) for seconds in (one.seconds.value, one.seconds.low, one.seconds.high)]
    over = [None if value is None else _rounded(value / cores) for value in hours]
    return {
        "corpus": one.population.corpus,
        "stage": one.population.stage,
        "source": _source(one),
        "shards": len(one.population.bytes),
        "sampled": one.in_ledger + one.measured,
        "bytes": sum(one.population.bytes.values()),
        "samples": round(one.samples.value),
        "core_seconds_per_1000": _rounded(one.per_thousand),
        **dict(zip(("core_hours", "core_hours_low", "core_hours_high"), map(_rounded, hours), strict=True)),
        "gpu_hours": _rounded(one.device_seconds / 3600) if on_gpu and one.population.stage == "images" else None,
        "cores": cores,
        **dict(zip(("hours", "hours_low", "hours_high"), over, strict=True)),
        "phases": " ".join(f"{phase}={share:.2f}" for phase, share in sorted(one.phases.items())),
    }


def _source(one: CostEstimate) -> str:
    parts = {"ledger": one.in_ledger, "measured": one.measured}
    return " ".join(f"{name}:{number}" for name, number in parts.items() if number)


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / 3600


def _rounded(value: float | None) -> float | None:
    """Round to four digits: more would claim a precision that an estimate does not have."""
    return None if value is None else float(f"{value:.4g}")
