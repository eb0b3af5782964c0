"""Why samples were rejected, in few words: the commonest reasons of a status, with one example of each.

Details differ from sample to sample in numbers and in what they quote, and are taken together without these.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

# Reasons of a status that are shown.
SHOWN: Final = 3
# What a detail quotes, of text or of bytes, and its numbers.
PARTICULAR: Final = re.compile(r"""b?'[^']*'|b?"[^"]*"|\d+""")


@dataclass(frozen=True)
class Reason:
    """Why `rejects` of the `seen` that were looked at have this status, as the first of them says it: `sample` of
    `shard`. Of shards that failed `sample` is None.
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
    """Details of the rejects of one status, taken together by kind: how many, and the first of each."""

    status: str
    seen: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, tuple[str | None, str, str | None]] = field(default_factory=dict)

    def add(self, detail: str | None, shard: str, sample: str | None) -> None:
        """One reject more."""
        kind = PARTICULAR.sub("", detail or "")
        self.seen += 1
        self.counts[kind] += 1
        one = (detail, shard, sample)
        # Files are read in any order, and the example is the same all the same.
        self.first[kind] = min(self.first.get(kind, one), one, key=lambda reject: (reject[1], reject[2] or ""))

    def reasons(self) -> list[Reason]:
        """The commonest, each as the first says it."""
        common = self.counts.most_common(SHOWN)
        return [Reason(self.status, count, self.seen, *self.first[kind]) for kind, count in common]
