"""`verify`: draws samples from finished shards, reads them again, and compares them with stored rows, as CSV."""

from __future__ import annotations

import json
import logging
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from jobs.commands.row_output import emit
from jobs.core.context import Context
from jobs.core.opening import open_lake
from jobs.settings.settings import Settings
from jobs.verification.differences import AGREES, DIFFERS, SCORE_TOLERANCE, TOLERATED
from jobs.verification.finished import finished
from jobs.verification.verify_corpus import Agreement, Verified
from jobs.verification.verify_corpus import verify as verify_corpus

log = logging.getLogger(__name__)

COLUMNS = pa.schema(
    [
        ("corpus", pa.string()),
        ("check", pa.string()),
        ("threshold", pa.float64()),
        ("samples", pa.int64()),
        ("agree", pa.int64()),
        ("tolerated", pa.int64()),
        ("differ", pa.int64()),
        ("agreement", pa.float64()),
        ("lower", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("largest_gap", pa.float64()),
    ]
)


def verify(settings: Settings, arguments: Namespace) -> int:
    """Show the agreement by corpus and check, and the differences; 0 if there are none, else 1."""
    context = Context(settings, open_lake(settings), "verify", max_shards=arguments.max_shards)
    corpora = settings.chosen(arguments.corpus)
    if arguments.dry_run:
        for corpus in corpora:
            samples = finished(context, corpus).samples
            number = min(arguments.samples, sum(samples.values()))
            print(f"verify {corpus.name}: {number} of {sum(samples.values())} samples in {len(samples)} shards")
        return 0
    found = [verify_corpus(context, corpus, arguments.samples, arguments.seed) for corpus in corpora]
    return _close(found, arguments.json)


def _close(found: Sequence[Verified], as_json: bool) -> int:
    """Print the table, then each difference that is shown, then everything in one line."""
    rows = [_row(one) for verified in found for one in verified.table]
    if not as_json:
        emit(rows, COLUMNS, "csv", None)
    differences = [one for verified in found for one in verified.differences]
    for one in differences:
        at = "" if one.threshold is None else f" at {one.threshold:g}"
        where = f"{one.corpus}, shard {one.shard}, sample {one.sample}"
        log.error("%s%s differs: %s: stored %s; found %s", one.check, at, where, _cut(one.stored), _cut(one.found))
    differ, samples = sum(one.differ for one in found), sum(one.samples for one in found)
    if differ > len(differences):
        log.error("%d more differences are not shown", differ - len(differences))
    tolerated = sum(row["tolerated"] for row in rows)
    if as_json:
        summary = {"samples": samples, "differ": differ, "tolerated": tolerated, "checks": rows}
        print(json.dumps({**summary, "differences": [asdict(one) for one in differences]}, ensure_ascii=False))
    near = f"{tolerated} within {SCORE_TOLERANCE:g} of a threshold"
    sys.stderr.write(f"samples {samples}, differences {differ}, tolerated {near}\n")
    return 1 if differ else 0


def _row(one: Agreement) -> Mapping[str, Any]:
    bounds = one.bounds
    return {
        "corpus": one.corpus,
        "check": one.check,
        "threshold": one.threshold,
        "samples": one.samples,
        "agree": one.outcomes[AGREES],
        "tolerated": one.outcomes[TOLERATED],
        "differ": one.outcomes[DIFFERS],
        "agreement": round(one.share, 6),
        "lower": round(bounds.lower, 6),
        "low": round(bounds.low, 6),
        "high": round(bounds.high, 6),
        "largest_gap": None if one.gap is None else round(one.gap, 6),
    }


def _cut(text: str, longest: int = 300) -> str:
    return text if len(text) <= longest else f"{text[:longest]}... ({len(text)} characters)"
