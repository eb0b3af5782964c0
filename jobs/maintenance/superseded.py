"""Rows under a superseded spec: settings have changed, and the present settings give another spec instead.

Such rows are still results, and somebody may want them. So they are shown, and deleted only on request. A spec counts
as superseded only if the lake has results under the spec that the settings give instead. Corpora, sets and models that
the settings do not name belong to others, and so do published rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from jobs.core.context import Context
from jobs.core.stage_specs import evaluation_spec, nearest_spec
from jobs.lake.lake import Lake
from jobs.lake.table_files import Partition
from jobs.results.fits.similarities import labelled_sets
from jobs.settings.corpora import Corpus
from jobs.stages.registry import shard_stages, wanted_stages


@dataclass(frozen=True)
class Superseded:
    """A slice of a table: its corpus or set, and its spec; `written` is the last time that a run wrote under it."""

    table: str
    where: Mapping[str, str]
    files: int
    bytes: int
    written: datetime | None

    @property
    def source(self) -> str:
        """The corpus or set."""
        return _key(self.where)[0]

    @property
    def spec(self) -> str:
        """The spec."""
        return self.where["spec"]


def superseded(context: Context, found: Mapping[str, Sequence[Partition]], keep_runs: int = 0) -> list[Superseded]:
    """The slices under superseded specs, among the partitions by table in `found`.

    Specs under which one of the last `keep_runs` runs wrote are left out. Raises SettingsError if the settings' own
    specs cannot be told, for example without a model's weights.
    """
    slices = [(table, one) for table, ones in found.items() for one in ones if "spec" in one.where]
    gone = _superseded_specs(context, [one.where for _, one in slices])
    if not gone:
        return []
    written, kept = _last_written(context.lake), _specs_of_last_runs(context.lake, keep_runs)
    return [
        Superseded(table, one.where, one.files, one.bytes, written.get(key))
        for table, one in slices
        if (key := _key(one.where)) in gone and key not in kept
    ]


def drop(lake: Lake, slices: Iterable[Superseded]) -> None:
    """Delete slices. The ledger's rows go first, because the ledger must never have a missing shard as done."""
    specs = defaultdict(set)
    for one in slices:
        specs[one.source].add(one.spec)
    for source, gone in specs.items():
        lake.replace_rows("shards", {"corpus": source, "spec": gone}, [])
    for one in slices:
        lake.replace_rows(one.table, one.where, [])


def _key(where: Mapping[str, str]) -> tuple[str, str]:
    """The corpus or set, and the spec."""
    return next(value for column, value in where.items() if column != "spec"), where["spec"]


def _superseded_specs(context: Context, slices: Iterable[Mapping[str, str]]) -> set[tuple[str, str]]:
    """The superseded (corpus or set, spec) among those of the slices."""
    there: dict[tuple[str, str], set[str]] = defaultdict(set)
    for where in slices:
        source, spec = _key(where)
        there[source, _kind(spec)].add(spec)
    gone = {(corpus.name, spec) for corpus in context.settings.corpora for spec in _of_corpus(context, corpus, there)}
    return gone | set(_of_sets(context, there)) | set(_of_comparisons(context, there))


def _of_corpus(context: Context, corpus: Corpus, there: Mapping[tuple[str, str], set[str]]) -> Iterator[str]:
    # The specs of models read their weights, so they are made only if there is a choice of specs.
    if all(len(specs) < 2 for (source, _), specs in there.items() if source == corpus.name):
        return
    for stage in shard_stages(wanted_stages(context.settings)):
        for spec in stage.specs(context, corpus):
            found = there.get((corpus.name, spec.stage), set())
            yield from found - {spec.id} if spec.id in found else ()


def _of_sets(context: Context, there: Mapping[tuple[str, str], set[str]]) -> Iterator[tuple[str, str]]:
    """The superseded (set, spec) of evaluations: the settings evaluate all models of the spec under other specs."""
    evaluate = context.settings.evaluate
    if evaluate is None or all(len(specs) < 2 for (_, kind), specs in there.items() if kind == "evaluate"):
        return
    models: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one_set, model, spec in context.lake.distinct("evaluations", "set", "model", "spec"):
        models[one_set, spec].add(model)
    for one_set in evaluate.sets:
        captions = context.settings.captions
        named = {one.name: evaluation_spec(one_set, one, context.identities, captions).id for one in evaluate.models}
        replaced = {model for model, spec in named.items() if model in models[one_set.name, spec]}
        for spec in there.get((one_set.name, "evaluate"), set()) - set(named.values()):
            if models[one_set.name, spec] <= replaced:
                yield one_set.name, spec


def _of_comparisons(context: Context, there: Mapping[tuple[str, str], set[str]]) -> Iterator[tuple[str, str]]:
    """The superseded (corpus, spec) of nearest samples: the settings compare the same set under another spec."""
    if all(len(specs) < 2 for (_, kind), specs in there.items() if kind == "nearest"):
        return
    stored = context.lake.distinct("nearest_samples", "corpus", "set", "spec")
    for corpus, one_set in product(context.settings.corpora, labelled_sets(context.settings)):
        now = nearest_spec(context.settings, corpus, one_set, context.identities).id
        specs = {spec for name, of_set, spec in stored if (name, of_set) == (corpus.name, one_set.name)}
        yield from ((corpus.name, spec) for spec in specs - {now} if now in specs)


def _kind(spec: str) -> str:
    return spec.rpartition("-")[0]


def _last_written(lake: Lake) -> dict[tuple[str, str], datetime]:
    """The time when the ledger was last written under each spec, by corpus or set and spec."""
    rows = lake.table("shards", ["corpus", "spec", "finished"]).group_by(["corpus", "spec"])
    found = rows.aggregate([("finished", "max")]).to_pylist()
    return {(row["corpus"], row["spec"]): row["finished_max"] for row in found}


def _specs_of_last_runs(lake: Lake, runs: int) -> set[tuple[str, str]]:
    """The specs under which one of the last runs wrote, by corpus or set and spec."""
    if not runs:
        return set()
    newest = sorted(lake.rows("runs", ["run", "started"]), key=lambda row: row["started"])[-runs:]
    names = {row["run"] for row in newest}
    return {(corpus, spec) for corpus, spec, run in lake.distinct("shards", "corpus", "spec", "run") if run in names}
