"""Why samples were rejected, in few words: the commonest reasons of a status, with one example of each.

Details of one reason differ from sample to sample in their numbers and quotations. They are grouped without these.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from jobs.core.reasons import kind_of

# How many reasons of a status are shown.
SHOWN: Final = 3


@dataclass(frozen=True)
class Reason:
    """Why `rejects` of the `seen` rejects have this status, in the words of the first: `sample` of `shard`.

    For shards that failed, `sample` is None.
    """

    status: str
    rejects: int
    seen: int
    detail: str | None
    shard: str
    sample: str | None

    def __str__(self) -> str:
        example = " ".join(name for name in (self.shard, self.sample) if name)
        return f"{self.status}: {self.detail or 'no detail'} ({self.rejects} of {self.seen} looked at, as {example})"


@dataclass
class Tally:
    """Details of the rejects of one status, grouped by kind: the number and the first of each kind."""

    status: str
    seen: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, tuple[str | None, str, str | None]] = field(default_factory=dict)

    def add(self, detail: str | None, shard: str, sample: str | None) -> None:
        """Add one reject."""
        kind = kind_of(detail or "")
        self.seen += 1
        self.counts[kind] += 1
        one = (detail, shard, sample)
        # Files are read in any order, but the example must always be the same.
        self.first[kind] = min(self.first.get(kind, one), one, key=lambda reject: (reject[1], reject[2] or ""))

    def reasons(self) -> list[Reason]:
        """The commonest reasons, each in the words of its first reject."""
        common = self.counts.most_common(SHOWN)
        return [Reason(self.status, count, self.seen, *self.first[kind]) for kind, count in common]
