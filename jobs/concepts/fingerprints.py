"""Fingerprints of the ledger that tell two facts apart. The ledger keeps their text, whose form is fixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from jobs.lake.ledger import Unit
from jobs.lake.specs import digest


@dataclass(frozen=True)
class TagFingerprint:
    """What a shard's tags are made from: its samples, and the labels; as text `INPUT-LABELS`.

    `labels` is None, and the text `INPUT` alone, if the tagger brings its labels with it.
    """

    SEPARATOR: ClassVar = "-"

    input: str
    labels: str | None

    @classmethod
    def made_for(cls, unit: Unit, labels: Sequence[str]) -> TagFingerprint:
        """That of a unit of samples under these labels."""
        return cls(unit.fingerprint, digest(list(labels))[:12])

    @classmethod
    def parse(cls, text: str) -> TagFingerprint:
        """The fingerprint whose text this is."""
        read, separator, labels = text.partition(cls.SEPARATOR)
        return cls(read, labels if separator else None)

    def __str__(self) -> str:
        return self.input if self.labels is None else f"{self.input}{self.SEPARATOR}{self.labels}"

    def differs_in_labels_alone(self, other: TagFingerprint) -> bool:
        """Whether both have labels, unequal ones, and the same input."""
        return None not in (self.labels, other.labels) and self.input == other.input and self.labels != other.labels


@dataclass(frozen=True)
class TotalsFingerprint:
    """What a corpus's totals are summed from: the questions that were asked, and the shards that were counted.

    As text both digests without anything between them, that of the questions with 8 characters.
    """

    LENGTH: ClassVar = 8

    questions: str
    shards: str

    @classmethod
    def summed_over(cls, counted: Sequence[Unit], questions: str) -> TotalsFingerprint:
        """That of counted units; `questions` is the digest of what was asked."""
        return cls(questions[: cls.LENGTH], digest([[unit.shard, unit.fingerprint] for unit in counted])[:16])

    @classmethod
    def parse(cls, text: str) -> TotalsFingerprint:
        """The fingerprint whose text this is."""
        return cls(text[: cls.LENGTH], text[cls.LENGTH :])

    def __str__(self) -> str:
        return self.questions + self.shards

    def answers(self, questions: str) -> bool:
        """Whether these questions, by their digest, were asked."""
        return self.questions == questions[: self.LENGTH]
