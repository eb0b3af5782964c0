"""How much of a corpus the searches can use: a frequency of 0 means nothing if nothing was searched.

This is judged from ledger rows, so a run with nothing to do repeats it. Samples are opened only for a reason and an
example. Failed shards are not part of this: they are tried again, and their failures are logged elsewhere.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jobs.core.context import Context
from jobs.core.stage_specs import samples_spec
from jobs.core.waves import Plan
from jobs.results.corpora.rejects import Rejected, read_reasons
from jobs.settings.corpora import Corpus
from jobs.stages.registry import shard_stages
from udfs.statuses import NO_CAPTION, NO_IMAGE, USABLE

log = logging.getLogger(__name__)

# At most so many shards are named, and their rejects are read.
NAMED = 5
# A corpus of this format may lack the input of this stage; all samples of a shard then have this status.
MAY_LACK = {
    ("captions", "folder"): NO_CAPTION,
    ("images", "delimited"): NO_IMAGE,
    ("images", "parquet"): NO_IMAGE,
}


@dataclass(frozen=True)
class Share:
    """The usable part of the samples of a shard or a corpus."""

    name: str
    usable: int
    samples: int

    def __str__(self) -> str:
        return f"{self.name} {self.usable:,} of {self.samples:,}"

    def is_short(self, max_bad_fraction: float) -> bool:
        """Whether more than this fraction is bad."""
        return self.samples - self.usable > max_bad_fraction * self.samples


@dataclass(frozen=True)
class Shortage:
    """A corpus, or some of its shards, with too few usable samples; the worst of `shards` comes first."""

    stage: str
    corpus: Share
    shards: tuple[Share, ...]
    judged: int
    reason: str
    max_bad_fraction: float

    def __str__(self) -> str:
        whole = f"{self.corpus.usable:,} of {self.corpus.samples:,} samples"
        return (
            f"{self.stage}, corpus {self.corpus.name}: {_users(self.stage)} can use {whole}; "
            f"{self._where()}{self.reason}. Correct the corpus; or correct its format or options, and run with "
            f"--new-spec; or raise --max-bad-fraction, which is {self.max_bad_fraction:g}"
        )

    def _where(self) -> str:
        if not self.shards:
            return f"all of its {self.judged} shards are empty"
        named, others = ", ".join(map(str, self.shards[:NAMED])), len(self.shards) - NAMED
        more = f" and {others} more" if others > 0 else ""
        return f"too few in {len(self.shards)} of {self.judged} shards: {named}{more}"


@dataclass
class Judge:
    """Finds the shortages of a run's corpora; each shard is named once. `gone` are shards that are no longer listed."""

    context: Context
    gone: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    said: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def pass_over(self, corpus: Corpus, shards: Iterable[str]) -> None:
        """Leave out these shards of a corpus, which are gone."""
        self.gone[corpus.name].update(shards)

    def judge(self, corpus: Corpus, plan: Plan) -> Shortage | None:
        """The shortage of a corpus after a stage; None if there is none, or none that was not reported before."""
        most, said = self.context.settings.max_bad_fraction, self.said[corpus.name]
        rows = self.context.ledger.done(corpus.name, plan.stage, plan.specs[0].id)
        _say_what_is_not_there(corpus, plan, rows)
        shares = [share for share in _shares(corpus, plan, rows) if share.name not in self.gone[corpus.name]]
        whole = Share(corpus.name, sum(one.usable for one in shares), sum(one.samples for one in shares))
        short = [one for one in shares if one.is_short(most) or (one.samples and not whole.usable)]
        new = sorted((one for one in short if one.name not in said), key=_worst_first)
        is_empty = bool(shares) and not whole.samples and not said
        if not new and not is_empty:
            return None
        said |= {share.name for share in new or shares}
        reason = _reason(self.context, corpus, plan, rows, new[:NAMED])
        return Shortage(plan.stage, whole, tuple(new), len(shares), reason, most)


def _users(stage: str) -> str:
    search = shard_stages([stage])[0].search
    return f"{search} search" if search else "the searches"


def _worst_first(share: Share) -> tuple[float, int, str]:
    return share.usable / share.samples, -share.samples, share.name


def _shares(corpus: Corpus, plan: Plan, rows: Mapping[str, Mapping[str, Any]]) -> list[Share]:
    """The usable part of each planned shard that is done; its samples include the rejects of every stage."""
    shares = []
    for unit in plan.planned:
        row = rows.get(unit.shard)
        if row is not None and not _lacks(corpus, plan.stage, row["statuses"]):
            usable = sum(number for status, number in row["statuses"].items() if status in USABLE)
            # A unit of a later stage has all samples that were read as its work, and the usable ones as its samples.
            shares.append(Share(unit.shard, usable, row["samples"] if plan.stage == "ingest" else unit.work))
    return shares


def _lacks(corpus: Corpus, stage: str, statuses: Mapping[str, int]) -> bool:
    """Whether a shard has no captions, or no images, because the corpus has none: no search then needs them of it."""
    status = MAY_LACK.get((stage, corpus.format))
    return status is not None and "image" not in corpus.options and set(statuses) <= {status}


def _say_what_is_not_there(corpus: Corpus, plan: Plan, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Warn of shards without samples, and of a corpus that lacks captions or images and may lack them."""
    empty = sorted(shard for shard, row in rows.items() if not row["samples"])
    if plan.stage == "ingest" and empty:
        log.warning("ingest, corpus %s: %d shards have no samples, as %s", corpus.name, len(empty), empty[0])
    if plan.stage != "ingest" and rows and all(_lacks(corpus, plan.stage, row["statuses"]) for row in rows.values()):
        log.warning(
            "%s, corpus %s: its shards hold no %s, so the frequencies are counted over 0 samples",
            plan.stage,
            corpus.name,
            plan.stage,
        )


def _reason(
    context: Context, corpus: Corpus, plan: Plan, rows: Mapping[str, Mapping[str, Any]], shards: Sequence[Share]
) -> str:
    """The commonest status of these shards' rejects in words, with its commonest detail and an example."""
    read = samples_spec(corpus).id
    ledgers = {"ingest": context.ledger.done(corpus.name, "ingest", read), plan.stage: rows}
    found = Counter[tuple[str, str]]()
    for stage, of_stage in ledgers.items():
        for share in shards:
            found.update({(stage, status): number for status, number in of_stage[share.name]["statuses"].items()})
    rejected = [(one, number) for one, number in found.most_common() if one[1] not in USABLE]
    if not rejected:
        return ""
    (stage, status), number = rejected[0]
    table, spec = ("samples", read) if stage == "ingest" else (plan.table, plan.specs[0].id)
    held = {share.name: ledgers[stage][share.name]["statuses"].get(status, 0) for share in shards}
    [[example, *_]] = read_reasons(context.lake, [Rejected(corpus.name, table, spec, {status: held}, {})])
    shard, sample, detail = example.shard, example.sample, example.detail
    if detail is None and stage != "ingest":
        # If a later stage found nothing in a sample, the stage that read it may have noted why.
        own = context.lake.rows("samples", ["detail"], corpus=corpus.name, spec=read, shard=shard, sample=sample)
        detail = own[0]["detail"] if own else None
    said = f" ({detail})" if detail else ""
    return f"; the commonest reason, of {number:,} samples, is {status}, as of sample {sample} in {shard}{said}"
