"""The Arrow schemas of the rows that executor tasks yield: the one place where driver and executors agree on columns.

`seconds` maps a phase ("read", "nouns", "decode", "forward") to seconds of work. In each record batch the first row of
a shard carries the batch's totals for that shard, and the other rows carry null. So the sum over a shard's rows is the
time spent on it.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

SECONDS: Final = pa.map_(pa.string(), pa.float32())

# The place of an image: `layout` is "tar" (offset and length in the shard's file), "tar.gz" (offset in the uncompressed
# stream), "parquet" (row group, and row within it) or "file" (a file of its own under the shard's folder).
LOCATION: Final = pa.struct(
    [
        ("layout", pa.string()),
        ("offset", pa.int64()),
        ("length", pa.int64()),
        ("row_group", pa.int32()),
        ("row", pa.int32()),
    ]
)

SAMPLES: Final = pa.schema(
    [
        ("shard", pa.string()),
        ("sample", pa.string()),
        ("ordinal", pa.int64()),
        ("status", pa.string()),
        ("detail", pa.string()),
        ("caption", pa.string()),
        ("caption_repaired", pa.bool_()),
        ("foreign_letters", pa.float32()),
        ("url", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("image", LOCATION),
        ("seconds", SECONDS),
    ]
)

# The content of a shard, regardless of its name: see `udfs.shards.contents`.
CONTENTS: Final = pa.schema([("shard", pa.string()), ("content", pa.string())])

TERMS: Final = pa.schema(
    [
        ("shard", pa.string()),
        ("sample", pa.string()),
        ("ordinal", pa.int64()),
        ("status", pa.string()),
        ("detail", pa.string()),
        ("keys", pa.list_(pa.string())),
        ("positions", pa.list_(pa.int32())),
        ("seconds", SECONDS),
    ]
)

TAG: Final = pa.struct([("label", pa.string()), ("score", pa.float32())])

# What is known of an image without a model: `udfs.images.decode.facts`.
FACTS: Final = pa.schema(
    [
        ("sha256", pa.binary()),
        ("perceptual_hash", pa.binary()),
        ("format", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
    ]
)

FEATURES: Final = pa.schema(
    [
        ("shard", pa.string()),
        ("sample", pa.string()),
        ("ordinal", pa.int64()),
        ("status", pa.string()),
        ("detail", pa.string()),
        ("tags", pa.list_(TAG)),
        ("embedding", pa.binary()),
        ("tagger_embedding", pa.binary()),
        *FACTS,
        ("seconds", SECONDS),
    ]
)

# The samples of one shard that hold a key; without a key, those that could be searched. A shard of very many samples is
# inverted in parts.
POSTINGS: Final = pa.schema(
    [
        ("key", pa.string()),
        ("shard", pa.string()),
        ("part", pa.int32()),
        ("samples", pa.int64()),
        ("ordinals", pa.list_(pa.int32())),
        ("scores", pa.list_(pa.float32())),
    ]
)
