"""The images of drawn pairs as small JPEGs, each sample once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from jobs.core.context import Context
from jobs.results.labels.drawn_pairs import DrawnPair
from jobs.results.samples.drawn_samples import SampleKey
from jobs.results.samples.small_pictures import Picture, small_pictures
from jobs.settings.corpora import Corpus

# Pixels of the longer side: some 15 KB for a photo.
SIDE: Final = 360


def sample_key(row: Mapping[str, Any]) -> SampleKey:
    """What names the sample of a pair."""
    return row["corpus"], row["shard"], row["ordinal"]


def pictures(context: Context, corpus: Corpus, pairs: Sequence[DrawnPair]) -> Iterator[tuple[SampleKey, Picture]]:
    """A JPEG for each sample of a corpus's pairs, or the reason why there is none; the corpus's shards are read."""
    places = {sample_key(one.row): (one.row["sample"], one.image) for one in pairs}
    return small_pictures(context.listings.of(corpus).root, places, SIDE, "JPEG")
