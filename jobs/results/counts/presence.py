"""How often images show what captions name: P(image | text) of each concept, from counts that are stored.

P(image | text) is the share of the samples whose caption names a concept in which image search finds it too. Its lift
is how many times as large it is as among all samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from jobs.core.context import Context
from jobs.results.counts.all_sources import all_frequencies
from jobs.results.counts.answers import Frequency

PRESENCE = pa.schema(
    [
        ("corpus", pa.string()),
        ("threshold", pa.float64()),
        ("concept", pa.string()),
        ("text", pa.int64()),
        ("image", pa.int64()),
        ("integrated", pa.int64()),
        ("presence", pa.float64()),
        ("lift", pa.float64()),
        ("samples", pa.int64()),
        ("source", pa.string()),
        ("list", pa.string()),
    ]
)


@dataclass(frozen=True)
class Presence:
    """One concept at one threshold: samples by text, by image, and by both; None if a search cannot answer it.

    presence: P(image | text), from 0 to 1; None if no caption names the concept. lift: None if no image shows it, or
    if the searched samples are not known. samples: those in which both searches could look.
    """

    corpus: str
    threshold: float | None
    concept: str
    text: int | None
    image: int | None
    integrated: int | None
    presence: float | None
    lift: float | None
    samples: int | None
    source: str
    list: str | None


def all_presence(
    context: Context, corpus: str | None = None, concept_list: str | None = None, threshold: float | None = None
) -> list[Presence]:
    """The presence of each concept, own and published, in the order of integrated frequency.

    Raises SettingsError for an unknown corpus, list or threshold, and ConceptfreqError if nothing is counted by both.
    """
    both = all_frequencies(context, "integrated", corpus, concept_list, threshold)
    text = {_named(row): row for row in all_frequencies(context, "text", corpus, concept_list)}
    image = {_shown(row): row for row in all_frequencies(context, "image", corpus, concept_list)}
    return list(_joined(both, text, image))


def _joined(
    both: list[Frequency], text: dict[tuple[object, ...], Frequency], image: dict[tuple[object, ...], Frequency]
) -> Iterator[Presence]:
    for row in both:
        said, seen = text.get(_named(row)), image.get(_shown(row))
        if said is None:
            continue
        presence, among_all = _presence(said, row), _share(seen)
        lift = presence / among_all if presence is not None and among_all else None
        yield Presence(
            row.corpus, row.threshold, row.concept, said.frequency, seen.frequency if seen else None, row.frequency,
            presence, lift, row.samples, row.source, row.list,
        )  # fmt: skip


def _presence(said: Frequency, both: Frequency) -> float | None:
    """P(image | text); captions without a usable image are taken to name the concept as often as the others."""
    if not said.frequency or both.frequency is None:
        return None
    searched = both.samples / said.samples if both.samples and said.samples else 1.0
    return min(1.0, both.frequency / (said.frequency * searched))


def _share(row: Frequency | None) -> float | None:
    """The share of the searched samples; None if it is not known."""
    return row.frequency / row.samples if row and row.frequency is not None and row.samples else None


def _named(row: Frequency) -> tuple[object, ...]:
    return row.corpus, row.source, row.list, row.concept


def _shown(row: Frequency) -> tuple[object, ...]:
    """Published counts by images have no method of text search in their source."""
    return row.corpus, row.source.partition(",")[0], row.threshold, row.list, row.concept
