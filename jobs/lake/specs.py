"""Specs: everything that can change a result, under one name.

Results under different specs are kept side by side and are never summed. A spec nests the specs of the stages before
it, so that a changed setting anywhere upstream shows as a dotted path.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jobs.errors import SpecChanged
from jobs.lake.lake import Lake

# Made once: a digest of a ledger's row then takes 2.7 microseconds of processor time instead of 4.2, and each shard has
# a dozen.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: Any) -> str:
    """The sha256 (hex) of a value's canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text."""
    return _ENCODER.encode(value)


@dataclass(frozen=True)
class Spec:
    """Everything that decides a stage's results; `body` is plain JSON."""

    stage: str
    body: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The spec's name in the tables, such as `captions-1f0c3a9be2d4`."""
        return f"{self.stage}-{digest(self.body)[:12]}"


def record(lake: Lake, spec: Spec) -> None:
    """Record the body of the spec under its name, once."""
    if not lake.rows("specs", ["spec"], spec=spec.id):
        record_all(lake, [spec])


def record_all(lake: Lake, specs: Collection[Spec]) -> None:
    """Record the bodies of these specs in one commit, in place of earlier rows."""
    now = datetime.now(UTC)
    rows = [{"spec": one.id, "stage": one.stage, "body": canonical(one.body), "created": now} for one in specs]
    if rows:
        lake.replace_rows("specs", {"spec": sorted(one.id for one in specs)}, rows)


def recorded(lake: Lake, stage: str) -> dict[str, dict[str, Any]]:
    """The specs of a stage that a lake knows, each with its body."""
    return {row["spec"]: json.loads(row["body"]) for row in lake.rows("specs", ["spec", "body"], stage=stage)}


def refuse_changed(lake: Lake, corpus: str, stage: str, specs: Sequence[Spec], newest: Mapping[str, datetime]) -> None:
    """Raise SpecChanged if `stage` has results for `corpus`, but under none of `specs`.

    `newest` maps the stage's specs in the ledger to the time of their newest row. The message shows each setting that
    differs, before and now, and names the option that starts a new spec beside the old one.
    """
    for kind in {spec.stage for spec in specs}:
        found = [spec for spec in newest if spec.startswith(f"{kind}-")]
        if not found or any(spec.id in found for spec in specs):
            continue
        latest = max(found, key=newest.__getitem__)
        known = json.loads(lake.rows("specs", ["body"], spec=latest)[0]["body"])
        current = next(spec for spec in specs if spec.stage == kind)
        changes = "\n".join(f"  {path}: was {was}, now {now}" for path, was, now in differences(known, current.body))
        raise SpecChanged(
            f"{stage}, corpus {corpus}: the lake has results under other settings ({latest}):\n{changes}\n"
            "Put the setting back, or start a new spec beside the old one with --new-spec."
        )


def differences(was: Any, now: Any, path: str = "") -> list[tuple[str, str, str]]:
    """The differences of two bodies: (dotted path, JSON before, JSON after)."""
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        found = []
        for key in sorted({*was, *now}):
            found += differences(was.get(key), now.get(key), f"{path}.{key}" if path else key)
        return found
    return [] if was == now else [(path, canonical(was), canonical(now))]
