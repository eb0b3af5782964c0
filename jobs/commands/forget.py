"""`forget`: removes shards from the lake, with everything that was made from them."""

from __future__ import annotations

import json
import logging
from argparse import Namespace

from jobs.core.context import Context
from jobs.core.opening import open_lake
from jobs.core.session import open_for_work
from jobs.errors import SettingsError
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Settings
from jobs.stages.forgetting import forget, known_shards, unlisted_shards
from udfs.shards.fields import enumerated

log = logging.getLogger(__name__)


def forget_shards(settings: Settings, arguments: Namespace) -> int:
    """Forget the shards that are no longer listed, or the named ones; prints one line per corpus.

    Returns 0, even if the lake knows none of them.
    """
    corpora = _corpora(settings, arguments.corpus)
    lake = open_lake(settings) if arguments.dry_run else open_for_work(settings)
    context = Context(settings, lake, "forget")
    chosen = [(corpus, shards) for corpus in corpora if (shards := _chosen(context, corpus, arguments.shard))]
    _refuse_ambiguous(chosen, arguments.shard)
    for name in sorted(set(arguments.shard or ()).difference(*(shards for _, shards in chosen))):
        log.warning("the lake knows no shard %s", name)
    if not chosen:
        log.warning("nothing to forget")
    summary = {}
    for corpus, shards in chosen:
        removed = {} if arguments.dry_run else forget(context, corpus, shards)
        summary[corpus.name] = {"shards": len(shards), "rows": removed}
        if not arguments.json:
            print(_line(corpus, shards, removed, arguments.dry_run))
    if arguments.json:
        print(json.dumps(summary))
    return 0


def _corpora(settings: Settings, name: str | None) -> list[Corpus]:
    corpora = [corpus for corpus in settings.corpora if name in (None, corpus.name)]
    if not corpora:
        known = ", ".join(corpus.name for corpus in settings.corpora) or "none"
        raise SettingsError(f"--corpus {name}: not a corpus of the settings; corpora: {known}")
    return corpora


def _chosen(context: Context, corpus: Corpus, named: list[str] | None) -> list[str]:
    """The shards of a corpus to forget: the named ones that the lake knows, or the unlisted ones."""
    if named is None:
        return unlisted_shards(context, corpus)
    return sorted(known_shards(context, corpus) & set(named))


def _refuse_ambiguous(chosen: list[tuple[Corpus, list[str]]], named: list[str] | None) -> None:
    if named and len(chosen) > 1:
        names = ", ".join(corpus.name for corpus, _ in chosen)
        raise SettingsError(f"--shard {' '.join(named)}: several corpora have it ({names}): choose one with --corpus")


def _line(corpus: Corpus, shards: list[str], removed: dict[str, int], dry_run: bool) -> str:
    what = f"corpus {corpus.name}: {len(shards)} shards"
    if dry_run:
        return f"{what} would be forgotten: {enumerated(shards)}"
    rows = ", ".join(f"{table} {count:,}" for table, count in removed.items() if count)
    return f"{what} forgotten: {enumerated(shards)}; rows removed: {rows or 'none'}"
