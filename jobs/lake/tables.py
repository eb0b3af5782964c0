"""The tables of a lake: columns, keys, partitions and constraints, in one place.

Every stage writes exactly one of these. Constraints are set as `delta.constraints.*` properties at creation, because
ALTER TABLE ADD CONSTRAINT fails the second time it is run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from udfs import statuses

SCHEMA_VERSION: Final = 7

LOCATION: Final = "STRUCT<layout: STRING, offset: BIGINT, length: BIGINT, row_group: INT, row: INT>"
SECONDS: Final = "MAP<STRING, FLOAT>"
# The property that bounds the rows of a Parquet file's row group.
GROUP_ROWS: Final = "parquet.block.row.count.limit"


@dataclass(frozen=True)
class Column:
    """A column: its name, Spark type and meaning."""

    name: str
    type: str
    comment: str
    required: bool = False


@dataclass(frozen=True)
class Table:
    """A table: the meaning of a row, its columns, its key, its partitions, its constraints, and how Spark writes it."""

    name: str
    comment: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    partitioned_by: tuple[str, ...] = ()
    constraints: dict[str, str] = field(default_factory=dict)
    # Delta hands a table's properties on to the writer of Parquet.
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def column_names(self) -> list[str]:
        """The names in the order of the table."""
        return [column.name for column in self.columns]


def _required(name: str, kind: str, comment: str) -> Column:
    return Column(name, kind, comment, required=True)


_CORPUS = _required("corpus", "STRING", "name of the corpus")
_SHARD = _required("shard", "STRING", "name of the shard relative to the corpus root")
_SAMPLE = _required("sample", "STRING", "key of the sample, or its row number if the format has no keys")
_ORDINAL = _required("ordinal", "BIGINT", "position in the shard, from 0")
_SPEC = _required("spec", "STRING", "the settings and code under which the row was made (table specs)")
_STATUS = _required("status", "STRING", "outcome, from the closed list")
_DETAIL = Column("detail", "STRING", "what was wrong, in words")
_SECONDS = Column("seconds", SECONDS, "phase to seconds of work; only on the first row of a batch")
_KNOWN_STATUS = {"known_status": f"status IN ({', '.join(repr(status) for status in statuses.ALL)})"}
_SEARCHES = "('text', 'image', 'integrated')"

SAMPLES: Final = Table(
    "samples",
    "One thing read from a shard",
    (
        _CORPUS,
        _SHARD,
        _SAMPLE,
        _SPEC,
        _ORDINAL,
        _STATUS,
        _DETAIL,
        Column("caption", "STRING", "the caption, null if there is none"),
        Column("caption_repaired", "BOOLEAN", "bytes of the caption had to be replaced or removed"),
        Column("foreign_letters", "FLOAT", "share of the caption's letters outside A-Z"),
        Column("url", "STRING", "where the image came from"),
        Column("width", "INT", "pixels, as the corpus states"),
        Column("height", "INT", "pixels, as the corpus states"),
        Column("image", LOCATION, "where the image lies in the shard, null if there is none"),
        _SECONDS,
    ),
    key=("corpus", "shard", "sample", "spec"),
    partitioned_by=("corpus", "spec"),
    constraints=_KNOWN_STATUS,
)

CAPTION_TERMS: Final = Table(
    "caption_terms",
    "What a sample's caption is searched in, its nouns or another index, independent of any concept list",
    (
        _CORPUS,
        _SHARD,
        _SAMPLE,
        _SPEC,
        _ORDINAL,
        _STATUS,
        _DETAIL,
        Column(
            "keys",
            "ARRAY<STRING>",
            "as the spec's index says, in reading order: keys of the nouns (if it names none) or of all content words "
            "(words), case kept; the tokens in lower case (tokens); or one string, the spaced caption (text)",
        ),
        Column("positions", "ARRAY<INT>", "position of each of them among the tokens that are words; 0 of a text"),
        _SECONDS,
    ),
    key=("corpus", "shard", "sample", "spec"),
    partitioned_by=("corpus", "spec"),
    constraints=_KNOWN_STATUS,
)

IMAGE_FEATURES: Final = Table(
    "image_features",
    "What the models see in a sample's image",
    (
        _CORPUS,
        _SHARD,
        _SAMPLE,
        _SPEC,
        _ORDINAL,
        _STATUS,
        _DETAIL,
        Column("tags", "ARRAY<STRUCT<label: STRING, score: FLOAT>>", "labels whose score is above the floor"),
        Column("embedding", "BINARY", "little-endian float16 values"),
        Column(
            "tagger_embedding",
            "BINARY",
            "the clip tagger's own embedding of unit length, little-endian float16; null if the tagger has none or "
            "shares the embedder's model",
        ),
        Column("sha256", "BINARY", "sha256 of the image's bytes as they are stored, if the spec asks for it"),
        Column(
            "perceptual_hash",
            "BINARY",
            "imagehash.phash of the decoded image, 8 bytes, the first bit highest, if the spec asks for it",
        ),
        Column("format", "STRING", "of a decoded image: the format of its bytes, by Pillow's name"),
        Column("width", "INT", "of a decoded image: pixels as they are stored, before any rotation"),
        Column("height", "INT", "of a decoded image: pixels as they are stored, before any rotation"),
        _SECONDS,
    ),
    key=("corpus", "shard", "sample", "spec"),
    partitioned_by=("corpus", "spec"),
    constraints=_KNOWN_STATUS,
)

POSTINGS: Final = Table(
    "postings",
    "The samples of one shard that hold a key: a noun, a word, a token, a label of an image, a value of an attribute",
    (
        _CORPUS,
        _SPEC,
        Column(
            "key",
            "STRING",
            "a caption's key, in lower case unless the spec keeps case, a label, or a value as language:en; null for "
            "the samples that were searched at all",
        ),
        _SHARD,
        _required("part", "INT", "0; a shard of very many samples has several rows of a key"),
        _required("samples", "BIGINT", "how many samples; their sum over shards is a frequency"),
        _required("ordinals", "ARRAY<INT>", "their positions in the shard, ascending"),
        Column("scores", "ARRAY<FLOAT>", "a label's score in each of them; null for captions"),
    ),
    key=("corpus", "spec", "key", "shard", "part"),
    partitioned_by=("corpus", "spec"),
    # Few keys are asked for at a time. Rows are sorted by key, so a reader skips groups of rows by their statistics:
    # one key of 500,000 captions takes 15 ms of processor time, and 54 ms if all rows are one group.
    properties={GROUP_ROWS: "16384"},
)

LEDGER: Final = Table(
    "shards",
    "The ledger: one shard at one stage under one spec",
    (
        _CORPUS,
        _SHARD,
        _required("stage", "STRING", "which stage"),
        _SPEC,
        _required("fingerprint", "STRING", "changes when the input of the stage changes"),
        _required("state", "STRING", "done or failed"),
        Column("bytes", "BIGINT", "size of the shard"),
        Column("content", "STRING", "of a shard that was read: what it holds, whatever its name; null: not known"),
        _required("samples", "BIGINT", "samples that went into the stage"),
        _required("statuses", "MAP<STRING, BIGINT>", "samples by outcome; they add up to samples"),
        _required("seconds", "MAP<STRING, DOUBLE>", "seconds of work by phase"),
        Column("detail", "STRING", "why it failed"),
        _required("finished", "TIMESTAMP", "when it was committed"),
        _required("run", "STRING", "the run that did it (table runs)"),
        _required("attempt", "INT", "how many times the stage was committed or failed for this shard"),
    ),
    key=("corpus", "shard", "stage", "spec"),
    partitioned_by=("corpus",),
    constraints={"known_state": "state IN ('done', 'failed')"},
)

CONCEPTS: Final = Table(
    "concepts",
    "A concept of the lake's lists, or a name that a definition uses",
    (
        _required("concept", "STRING", "its name, as the lists write it"),
        _required("lists", "ARRAY<STRING>", "the lists it is in; none: only definitions use it"),
        Column("definition", "STRING", "JSON of its aliases (any), required and excluded names; null: its name alone"),
        Column("terms", "ARRAY<ARRAY<STRING>>", "for each term of the query the nouns that answer it (strict)"),
        Column("unanswerable", "STRING", "why no noun search can answer it, null if one can"),
    ),
    key=("concept",),
)

_SEARCH = _required("search", "STRING", "text, image or integrated")
_THRESHOLD = Column("threshold", "DOUBLE", "the tagger's score must be above it; null for text")
_KNOWN_SEARCH = f"search IN {_SEARCHES}"
_COUNT_KEYS = (
    _SEARCH,
    _THRESHOLD,
    _required("measure", "STRING", "concept, or a total: samples, found; misaligned of integrated search"),
    Column("concept", "STRING", "null for totals"),
)
_COUNT_CONSTRAINTS = {
    "known_search": _KNOWN_SEARCH,
    "known_measure": "measure IN ('concept', 'samples', 'found', 'misaligned')",
}

SHARD_COUNTS: Final = Table(
    "shard_counts",
    "The counts of one shard under one search and threshold",
    (
        _CORPUS,
        _SHARD,
        _SPEC,
        _SEARCH,
        _THRESHOLD,
        _required("samples", "BIGINT", "samples that could be searched"),
        _required("found", "BIGINT", "of them, those that hold a concept of the run's lists"),
        Column("misaligned", "BIGINT", "of them, those whose text and image hold different ones; of integrated search"),
        Column(
            "found_samples", "BINARY", "which samples are found: bit i, from the lowest of the first byte, is ordinal i"
        ),
        _required("concepts", "ARRAY<STRING>", "the concepts that some sample holds"),
        _required("counts", "ARRAY<BIGINT>", "how many samples hold each of them"),
    ),
    key=("corpus", "shard", "spec", "search", "threshold"),
    partitioned_by=("corpus", "spec"),
    constraints={"known_search": _KNOWN_SEARCH},
)

CONCEPT_COUNTS: Final = Table(
    "concept_counts",
    "The sum of shard_counts over finished shards: always derived, never incremented; frequency 0 is a row",
    (
        _CORPUS,
        _SPEC,
        *_COUNT_KEYS,
        Column("list", "STRING", "the list that a published count was made for; null if it serves every list"),
        Column("frequency", "BIGINT", "how many samples; null if the search cannot answer"),
        Column("unanswerable", "STRING", "why the search cannot answer"),
        _required("shards", "BIGINT", "finished shards that were summed"),
    ),
    key=("corpus", "spec", "search", "threshold", "measure", "concept", "list"),
    partitioned_by=("corpus", "spec"),
    constraints={**_COUNT_CONSTRAINTS, "answered": "frequency IS NOT NULL OR unanswerable IS NOT NULL"},
)

# The concept of rows of `evaluations` that are about a whole set; their metrics begin with WHOLE_SET_METRIC, so that a
# mean over concepts by metric has none of them.
WHOLE_SET: Final = ""
WHOLE_SET_METRIC: Final = "whole_set_"

EVALUATIONS: Final = Table(
    "evaluations",
    "Downstream performance of one model on one concept",
    (
        _required("set", "STRING", "the downstream set"),
        _required("concept", "STRING", "the class; empty in the rows of a whole set, whose metric is whole_set_..."),
        _required("model", "STRING", "the model's name"),
        _required("prompt", "STRING", "class, simple or ensemble; empty if the task has no prompts"),
        _required("metric", "STRING", "the kind of value, such as accuracy"),
        _SPEC,
        _required("unit", "STRING", "of value: share (0 to 1), percent (0 to 100), or score, as it was published"),
        Column("value", "DOUBLE", "null if the class has no usable image"),
        Column("samples", "BIGINT", "images or scores that the value is computed from; null if that was not published"),
        Column("predicted", "BIGINT", "of an accuracy: images of the whole set whose nearest name is this class"),
        Column("confused_with", "STRING", "the commonest wrong class of its images, the first by name of equal ones"),
        Column("confused", "BIGINT", "images for which that one is the nearest; null if none is wrong"),
        Column("confidence", "DOUBLE", "mean probability of the nearest name over its images"),
        Column("calibration_error", "DOUBLE", "expected calibration error over its images, in 15 bins of confidence"),
    ),
    key=("set", "concept", "model", "prompt", "metric", "spec"),
    partitioned_by=("set", "spec"),
    constraints={
        "known_unit": "unit IN ('share', 'percent', 'score')",
        "within_unit": "value IS NULL OR unit = 'score' OR (value >= 0 AND value <= 1) OR "
        "(unit = 'percent' AND value >= 0 AND value <= 100)",
    },
)

PREDICTIONS: Final = Table(
    "predictions",
    "What one model takes one image of a classification set for, if the settings keep it",
    (
        _required("set", "STRING", "the downstream set"),
        _SPEC,
        _required("model", "STRING", "the model's name"),
        _required("prompt", "STRING", "class, simple or ensemble"),
        _required("shard", "STRING", "name of the shard relative to the set's root"),
        _SAMPLE,
        _STATUS,
        Column("concept", "STRING", "the true class, null if it is not known"),
        Column("predicted", "STRING", "the nearest name, null if the image cannot be seen"),
        Column("confidence", "DOUBLE", "its probability"),
    ),
    key=("set", "spec", "model", "prompt", "shard", "sample"),
    partitioned_by=("set", "spec"),
    constraints=_KNOWN_STATUS,
)

NEAREST_SAMPLES: Final = Table(
    "nearest_samples",
    "A test image of a classification set, and the sample of a corpus whose embedding is nearest to its own",
    (
        _CORPUS,
        _required("set", "STRING", "the downstream set"),
        _SPEC,
        _required("shard", "STRING", "name of the shard relative to the set's root"),
        _SAMPLE,
        _STATUS,
        Column("concept", "STRING", "the true class, null if it is not known"),
        Column("similarity", "DOUBLE", "cosine of the two embeddings; null if the image has none with a direction"),
        Column("nearest_shard", "STRING", "shard of the nearest sample; of equally near ones the first by shard"),
        Column("nearest_sample", "STRING", "its key, or its row number"),
    ),
    key=("corpus", "set", "spec", "shard", "sample"),
    partitioned_by=("corpus", "set", "spec"),
    constraints={**_KNOWN_STATUS, "a_cosine": "similarity IS NULL OR (similarity >= -1 AND similarity <= 1)"},
)

FITS: Final = Table(
    "fits",
    "One fit of performance against frequency",
    (
        _CORPUS,
        _required("search", "STRING", "text, image or integrated"),
        Column("threshold", "DOUBLE", "null for text"),
        _required("sets", "STRING", "the downstream sets that were pooled"),
        _required("model", "STRING", "the model's name"),
        _required("prompt", "STRING", "class, simple or ensemble"),
        _required("metric", "STRING", "what was fitted"),
        _required("protocol", "STRING", "how it was binned"),
        Column("r", "DOUBLE", "Pearson's r over the bins that the protocol keeps"),
        Column("no_r", "STRING", "why the bins determine no r; null if they do"),
        Column("p", "DOUBLE", "its two-sided p value"),
        _required("bins", "INT", "bins that r includes"),
        _required("empty_bins", "INT", "bins without a concept"),
        _required("concepts", "INT", "concepts fitted"),
        Column("r_inner", "DOUBLE", "r over all bins but the first and the last"),
        Column("r_all", "DOUBLE", "r over all bins"),
        Column("r_unbinned", "DOUBLE", "r over concepts"),
        Column("r_low", "DOUBLE", "lower end of its 95 % interval over concepts of these sets"),
        Column("r_high", "DOUBLE", "upper end"),
        _required("slope_per_decade", "DOUBLE", "gain in performance for ten times the frequency, over concepts"),
        Column(
            "slope_low",
            "DOUBLE",
            "lower end of its 95 % interval over concepts of these sets, in which a name of several sets is one",
        ),
        Column("slope_high", "DOUBLE", "upper end"),
        _required("intercept", "DOUBLE", "performance at frequency 1"),
        _required("distinct", "INT", "distinct names among the concepts; the others are in several sets"),
        _required("zeros", "DOUBLE", "share of the concepts with frequency 0"),
        Column("r2", "DOUBLE", "share of the variance over concepts that the line explains"),
        Column("spearman", "DOUBLE", "rank correlation over concepts"),
        Column("spearman_low", "DOUBLE", "lower end of its 95 % interval over concepts of these sets"),
        Column("spearman_high", "DOUBLE", "upper end"),
        Column(
            "slope_within",
            "DOUBLE",
            "the slope with an intercept for each set: the first to look at if there are several",
        ),
        Column("within_low", "DOUBLE", "lower end of its 95 % interval over sets; null for a single set"),
        Column("within_high", "DOUBLE", "upper end"),
        Column(
            "slope_weighted", "DOUBLE", "slope_within, or of one set slope_per_decade, each score weighted by its noise"
        ),
        Column("weighted_low", "DOUBLE", "lower end of its 95 % interval; null if the images per score are not known"),
        Column("weighted_high", "DOUBLE", "upper end"),
        Column(
            "slope_mixed",
            "DOUBLE",
            "mean slope of a mixed model with a level and a slope per set; null for under 10 sets",
        ),
        Column("mixed_low", "DOUBLE", "lower end of its 95 % interval"),
        Column("mixed_high", "DOUBLE", "upper end"),
        _required("inputs", "STRING", "digest of everything that went in"),
        _required("mlflow_run", "STRING", "the MLflow run of its batch; empty until it is logged"),
        _required("fitted", "TIMESTAMP", "when"),
    ),
    key=("corpus", "search", "threshold", "sets", "model", "prompt", "metric", "protocol"),
    partitioned_by=("corpus",),
)

SPECS: Final = Table(
    "specs",
    "What a spec's name stands for: everything that can change a result",
    (
        _SPEC,
        _required("stage", "STRING", "the stage it belongs to"),
        _required("body", "STRING", "canonical JSON"),
        _required("created", "TIMESTAMP", "when it was first used"),
    ),
    key=("spec",),
)

LEASES: Final = Table(
    "leases",
    "Who works on a corpus and stage",
    (
        _CORPUS,
        _required("stage", "STRING", "which stage"),
        _required("owner", "STRING", "user, process and a random part"),
        _required("host", "STRING", "machine"),
        _required("process", "BIGINT", "process id on that machine"),
        _required("since", "TIMESTAMP", "when it was taken"),
        _required("heartbeat", "TIMESTAMP", "time of the holder's last heartbeat"),
        _required("expires", "TIMESTAMP", "when it may be taken over"),
    ),
    key=("corpus", "stage"),
    partitioned_by=("corpus", "stage"),
)

RUNS: Final = Table(
    "runs",
    "A run that wrote something, with its resolved settings",
    (
        _required("run", "STRING", "its id"),
        _required("command", "STRING", "the subcommand"),
        _required("settings", "STRING", "resolved settings as JSON"),
        _required("release", "STRING", "release of conceptfreq"),
        _required("host", "STRING", "machine of the driver"),
        _required("started", "TIMESTAMP", "when"),
        Column("identities", "STRING", "what the run read of models, by their settings, as JSON"),
    ),
    key=("run",),
)

TABLES: Final = {
    table.name: table
    for table in (
        LEDGER, SAMPLES, CAPTION_TERMS, IMAGE_FEATURES, POSTINGS, CONCEPTS, SHARD_COUNTS, CONCEPT_COUNTS, EVALUATIONS,
        PREDICTIONS, NEAREST_SAMPLES, FITS, SPECS, LEASES, RUNS,
    )
}  # fmt: skip
