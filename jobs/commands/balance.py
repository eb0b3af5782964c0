"""The subcommand `balance`: the samples that are left if frequent concepts may not crowd out rare ones."""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.analysis.search_words import above
from jobs.analysis.tail import tail_share
from jobs.commands.row_output import check_output, emit
from jobs.core.context import Context
from jobs.core.opening import open_to_read
from jobs.errors import SettingsError
from jobs.results.samples.curation_pool import CurationPool, Cut, pool_of
from jobs.results.samples.indexed import chosen_threshold, corpora_with_samples, searched_halves
from jobs.results.samples.kept_keys import KEYS, keys_of
from jobs.results.samples.kept_samples import BALANCE, Kept, balance_rows, cut_down
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)

Write = Callable[[str, pa.RecordBatch], None]


def balance(settings: Settings, arguments: Namespace) -> int:
    """Write the keys of the kept samples to `--output`, and each concept's counts before and after to stdout.

    Exit status 1 if none is kept.
    """
    context = Context.looking(settings, open_to_read(settings), "balance")
    threshold = chosen_threshold(settings, arguments.search, arguments.threshold)
    searched_halves(context, arguments.search)
    corpora = corpora_with_samples(context, arguments.corpus, "a balance is drawn among samples")
    cut = Cut(arguments.cap, arguments.search, threshold, arguments.seed, arguments.list)
    with _files(arguments.output) as write:
        pool, kept = pool_of(context, corpora, cut), list[Kept]()
        for one in cut_down(context, pool, cut):
            kept.append(one)
            for batch in keys_of(context, one):
                write(one.corpus.name, batch)
    rows = list(balance_rows(pool, kept, cut))
    emit(rows, BALANCE, arguments.format, None)
    _tell(pool, kept, cut)
    return 0 if any(one.samples for one in kept) else 1


def _tell(pool: CurationPool, kept: list[Kept], cut: Cut) -> None:
    corpora = ", ".join(one.corpus.name for one in pool.corpora)
    samples = sum(one.samples for one in kept)
    log.info(
        "%s, %s: %d samples searched; %d hold none of %d concepts and are dropped; of %d others %d are kept",
        corpora, above(cut.search, cut.threshold), pool.searched, pool.searched - pool.found, len(pool.names),
        pool.found, samples,
    )  # fmt: skip
    rare = pool.before < cut.cap
    after = sum(one.after for one in kept)
    shares = [tail_share(counts, rare) for counts in (pool.before, after)]
    log.info(
        "%d concepts are in fewer than %d samples: %s of all matches before, %s after",
        rare.sum(), cut.cap, *(f"{100 * (share or 0):.3g} %" for share in shares),
    )  # fmt: skip


@contextmanager
def _files(output: str) -> Iterator[Write]:
    """Writes batches of KEYS: into one file if its name ends in .parquet, else into a new folder, a file per corpus.

    Raises SettingsError if the output cannot be opened.
    """
    target = Path(output)
    one_file = target.suffix == ".parquet"
    check_output("parquet", output if one_file else str(target / KEYS.names[0]))
    if not one_file and any(target.iterdir()):
        raise SettingsError(f"--output {output}: the folder is not empty")
    with ExitStack() as stack:
        writers: dict[Path, pq.ParquetWriter] = {}

        def writer_of(path: Path) -> pq.ParquetWriter:
            if path not in writers:
                writers[path] = stack.enter_context(pq.ParquetWriter(path, KEYS))
            return writers[path]

        def write(corpus: str, batch: pa.RecordBatch) -> None:
            writer_of(target if one_file else target / f"{quote(corpus, safe='')}.parquet").write_batch(batch)

        yield write
