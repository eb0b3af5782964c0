"""A streaming source over shard paths: it lists each corpus at every trigger, and any difference is an arrival.

Spark's own file source would miss some. It takes a path that it has seen for done, so a shard that is written again is
never noticed; it knows neither the names nor the patterns of our formats; and its session reaches the lake's bucket
only. This source lists as every run does (`jobs.core.listing`). No shard is opened.

Spark runs it in a Python process beside the driver. Executors read nothing from it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter
from pyspark.sql.datasource import DataSource, DataSourceStreamReader, InputPartition
from pyspark.sql.types import StructType

from jobs.core.listing import list_shards
from jobs.errors import SettingsError
from jobs.settings.corpora import Corpus

# The digest of a corpus that cannot be listed, for whatever reason: a message may differ each time.
NOT_LISTED = ""
_CORPORA = TypeAdapter(list[Corpus])


class ShardArrivals(DataSource):
    """The source; its option `corpora` is made by `as_option`. A row is the name of a corpus that has changed."""

    @classmethod
    def name(cls) -> str:
        """The name of the format."""
        return "conceptfreq_shards"

    def schema(self) -> str:
        """The columns of a row."""
        return "corpus STRING"

    def streamReader(self, schema: StructType) -> DataSourceStreamReader:
        """The reader that Spark asks at every trigger."""
        return ListingReader(_CORPORA.validate_json(self.options["corpora"]))


class ListingReader(DataSourceStreamReader):
    """An offset has a digest for each corpus, which changes with the name, size or time of any shard."""

    def __init__(self, corpora: Sequence[Corpus]) -> None:
        self._corpora = corpora

    def initialOffset(self) -> dict[str, str]:
        """The offset before anything was listed."""
        return {}

    def listings(self) -> dict[str, str]:
        """The offset now, for which every corpus is listed."""
        return {corpus.name: listed(corpus) for corpus in self._corpora}

    # Spark 4.2 declares this form, without arguments, for old readers only; Spark 4.0 and 4.1 know no other.
    latestOffset: Any = listings

    def partitions(self, start: Mapping[str, str], end: Mapping[str, str]) -> Sequence[InputPartition]:
        """One partition for each corpus that has changed between two offsets."""
        return [InputPartition(name) for name, digest in end.items() if start.get(name) != digest]

    def read(self, partition: InputPartition) -> Iterator[tuple[str]]:
        """The row of a partition."""
        yield (partition.value,)


def as_option(corpora: Sequence[Corpus]) -> str:
    """The corpora as the source's option. URIs in it name credentials and hold none."""
    return json.dumps([corpus.model_dump(mode="json", exclude_unset=True) for corpus in corpora])


def listed(corpus: Corpus) -> str:
    """A digest of the shards that a corpus has now."""
    try:
        shards = list_shards(corpus).shards
    except SettingsError:
        return NOT_LISTED
    told = hashlib.sha256()
    for shard in shards:
        told.update(f"{shard.name}\0{shard.fingerprint}\n".encode())
    return told.hexdigest()[:24]
