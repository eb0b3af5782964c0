"""The subcommand `annotate`: webdatasets written again with the concepts of each sample, for a sampler such as CABS."""

from __future__ import annotations

import logging
from argparse import Namespace
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from jobs.analysis.search_words import above
from jobs.commands.row_output import emit
from jobs.core.context import Context
from jobs.core.failed_shards import lines
from jobs.core.opening import open_to_read
from jobs.errors import SettingsError
from jobs.results.samples.annotated_shards import AnnotatedCorpus, AnnotationSearch, annotate
from jobs.results.samples.indexed import chosen_threshold, corpora_with_samples, searched_halves
from jobs.settings.settings import Settings
from jobs.settings.storage import located

log = logging.getLogger(__name__)

ANNOTATED: Final = pa.schema(
    [
        ("corpus", pa.string()),
        ("shards", pa.int64()),
        ("there", pa.int64()),
        ("written", pa.int64()),
        ("failed", pa.int64()),
        ("missing", pa.int64()),
        ("samples", pa.int64()),
        ("with_concepts", pa.int64()),
        ("left_out", pa.int64()),
    ]
)


def annotate_corpora(settings: Settings, arguments: Namespace) -> int:
    """Write the corpora again below `--output`, and a row per corpus to stdout.

    Exit status 1 if a shard could not be written, or is not indexed as it is now.
    """
    context = Context.looking(settings, open_to_read(settings), "annotate")
    asked = AnnotationSearch(
        arguments.search, chosen_threshold(settings, arguments.search, arguments.threshold), arguments.list
    )
    searched_halves(context, asked.search)
    found = []
    for corpus in corpora_with_samples(context, arguments.corpus, "shards are written again"):
        try:
            found.append(annotate(context, corpus, asked, located(arguments.output, settings.storage)))
        except OSError as error:
            raise SettingsError(f"--output {arguments.output}: cannot be written ({error})") from None
        _tell(found[-1], asked)
    rows = [_row(one) for one in found]
    emit(rows, ANNOTATED, arguments.format, None)
    return 1 if any(row["failed"] or row["missing"] for row in rows) else 0


def _row(one: AnnotatedCorpus) -> dict[str, str | int]:
    sums = {name: pc.sum(one.written[name]).as_py() or 0 for name in ("samples", "with_concepts", "left_out")}
    failed = len(one.written) - one.written["problem"].null_count
    return {
        "corpus": one.corpus.name,
        "shards": len(one.written) + one.there + len(one.missing),
        "there": one.there,
        "written": len(one.written) - failed,
        "failed": failed,
        "missing": len(one.missing),
        **sums,
    }


def _tell(one: AnnotatedCorpus, asked: AnnotationSearch) -> None:
    row = _row(one)
    log.info(
        "annotate %s, %s: %d shards written, %d were there; %d of %d samples hold a concept, %d rejects are left out",
        one.corpus.name, above(asked.search, asked.threshold), row["written"], row["there"], row["with_concepts"],
        row["samples"], row["left_out"],
    )  # fmt: skip
    problems = one.written.filter(pc.field("problem").is_valid())
    for line in lines(dict(zip(problems["shard"].to_pylist(), problems["problem"].to_pylist(), strict=True))):
        log.error("annotate %s: %s", one.corpus.name, line)
    if one.missing:
        log.error(
            "annotate %s: %d shards are left out, as %s: not indexed, or changed since: run `conceptfreq run`",
            one.corpus.name, len(one.missing), one.missing[0],
        )  # fmt: skip
