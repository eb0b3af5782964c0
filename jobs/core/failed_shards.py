"""The shards that failed in words: each reason once when it happens, and their number at the end of a run.

Reasons of one kind differ from shard to shard in names, quotations and numbers. They are grouped without these, so that
a server that is gone is one line and not one per shard.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from jobs.core.reasons import by_kind
from udfs.shards.fields import enumerated

# Up to so many failed shards are named at the end; of more, the reasons are shown by kind.
FEW: Final = 3
# Characters of a kind of reason; the whole reason was logged when it happened.
SHORT: Final = 100


def lines(failed: Mapping[str, str]) -> Iterator[str]:
    """One line for each kind of reason, in the words of its first shard; `failed` maps shards to reasons."""
    for reason, shards in by_kind(failed):
        named = f"shard {shards[0]}" if len(shards) == 1 else f"{len(shards)} shards ({enumerated(shards)})"
        yield f"{named} failed: {reason}"


def closing(failed: Mapping[str, str], planned: int) -> str:
    """How many shards failed: a few by name, more by kind of reason. It repeats no reason of a few."""
    number = f"{len(failed):,} of {planned:,} shards failed"
    if len(failed) <= FEW:
        return f"{number}: {enumerated(list(failed))}"
    kinds = sorted(((len(shards), reason) for reason, shards in by_kind(failed)), key=lambda kind: -kind[0])
    parts = [f'{count:,} for "{_short(reason)}"' for count, reason in kinds[:FEW]]
    others = sum(count for count, _ in kinds[FEW:])
    return f"{number}: {'; '.join([*parts, *([f'{others:,} for other reasons'] if others else [])])}"


def _short(reason: str) -> str:
    return reason if len(reason) <= SHORT else f"{reason[:SHORT].rstrip()} ..."
