"""Fingerprints of the ledger that hold two facts each. The ledger keeps their text, and its form is fixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from jobs.lake.ledger import Unit
from jobs.lake.specs import digest


@dataclass(frozen=True)
class TagFingerprint:
    """The input of a shard's tags: its samples, and the labels; as text `INPUT-LABELS`.

    If the tagger brings its own labels, `labels` is None and the text is `INPUT` alone.
    """

    SEPARATOR: ClassVar = "-"

    input: str
    labels: str | None

    @classmethod
    def made_for(cls, unit: Unit, labels: Sequence[str]) -> TagFingerprint:
        """The fingerprint of a unit of samples under these labels."""
        return cls(unit.fingerprint, digest(list(labels))[:12])

    @classmethod
    def parse(cls, text: str) -> TagFingerprint:
        """The fingerprint whose text this is."""
        read, separator, labels = text.partition(cls.SEPARATOR)
        return cls(read, labels if separator else None)

    def __str__(self) -> str:
        return self.input if self.labels is None else f"{self.input}{self.SEPARATOR}{self.labels}"

    def differs_in_labels_alone(self, other: TagFingerprint) -> bool:
        """Whether both have labels and the same input, but the labels are unequal."""
        return None not in (self.labels, other.labels) and self.input == other.input and self.labels != other.labels


@dataclass(frozen=True)
class TotalsFingerprint:
    """The input of a corpus's totals: the questions that were asked, and the shards that were counted.

    The text is both digests without a separator; the digest of the questions has 8 characters.
    """

    LENGTH: ClassVar = 8

    questions: str
    shards: str

    @classmethod
    def summed_over(cls, counted: Sequence[Unit], questions: str) -> TotalsFingerprint:
        """The fingerprint of counted units; `questions` is the digest of the questions."""
        return cls(questions[: cls.LENGTH], digest([[unit.shard, unit.fingerprint] for unit in counted])[:16])

    @classmethod
    def parse(cls, text: str) -> TotalsFingerprint:
        """The fingerprint whose text this is."""
        return cls(text[: cls.LENGTH], text[cls.LENGTH :])

    def __str__(self) -> str:
        return self.questions + self.shards

    def answers(self, questions: str) -> bool:
        """Whether the questions with this digest were asked."""
        return self.questions == questions[: self.LENGTH]
