"""`audit`: the frequencies that deserve distrust, the heaviest first, as CSV."""

from __future__ import annotations

import json
import logging
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from jobs.analysis.suspicions.kinds import KINDS
from jobs.analysis.suspicions.suspicion import Suspicion
from jobs.commands.row_output import emit
from jobs.core.context import Context
from jobs.core.opening import open_to_read
from jobs.results.audit import audit
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)

COLUMNS = pa.schema(
    [
        ("corpus", pa.string()),
        ("search", pa.string()),
        ("method", pa.string()),
        ("threshold", pa.float64()),
        ("list", pa.string()),
        ("concept", pa.string()),
        ("finding", pa.string()),
        ("frequency", pa.int64()),
        ("other", pa.string()),
        ("concepts", pa.int64()),
        ("decades", pa.float64()),
        ("weight", pa.float64()),
        ("reason", pa.string()),
        ("source", pa.string()),
    ]
)


def audit_counts(settings: Settings, arguments: Namespace) -> int:
    """Write the findings that are asked for as CSV, and their number by kind; 0, or 1 if nothing is counted."""
    everything = audit(Context.looking(settings, open_to_read(settings), "audit"), samples=True)
    found = everything.only(arguments.kind or (), arguments.concept, arguments.top)
    if arguments.output or not arguments.json:
        emit([_row(one) for one in found.findings], COLUMNS, "csv", arguments.output)
    for kind, number in found.by_kind.items():
        log.info("%s (%s): %d", KINDS[kind], kind, number)
    of_all = "" if len(found.findings) == len(everything.findings) else f" of {len(everything.findings)}"
    log.info("findings: %d%s, in %d frequencies", len(found.findings), of_all, found.counts)
    if found.unchecked:
        log.warning("%s", found.unchecked)
    if arguments.json:
        summary = {"frequencies": found.counts, "findings": len(found.findings), "kinds": found.by_kind}
        print(json.dumps({**summary, "unchecked": found.unchecked}))
    return 0


def _row(found: Suspicion) -> Mapping[str, Any]:
    asked = found.question
    return {
        "corpus": asked.corpus if asked else None,
        "search": asked.search if asked else None,
        "method": asked.method if asked else None,
        "threshold": asked.threshold if asked else None,
        "list": "; ".join(found.lists),
        "concept": found.concept,
        "finding": found.kind,
        "frequency": found.frequency,
        "other": found.other,
        "concepts": found.concepts,
        "decades": round(found.decades, 3),
        "weight": round(found.weight, 3),
        "reason": found.reason,
        "source": asked.source if asked else None,
    }
