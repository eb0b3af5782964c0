"""Rows that changed settings have left behind: under a spec in whose place the present settings name another.

Such rows are results all the same, which somebody may want: they are shown, and deleted only if that is asked for. A
spec counts as superseded only if the lake has results under the one that the settings name instead. Corpora, sets and
models that the settings do not name are somebody else's, and so is what was published.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from jobs.core.context import Context
from jobs.core.stage_specs import evaluation_spec
from jobs.lake.lake import Lake
from jobs.lake.table_files import Partition
from jobs.settings.corpora import Corpus
from jobs.stages.registry import shard_stages, wanted_stages


@dataclass(frozen=True)
class Superseded:
    """A slice of a table: its corpus or set, and its spec; `written` is when a run last wrote under that spec."""

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
    """The slices of `found`, partitions by table, under superseded specs, less what the last runs wrote.

    Raises SettingsError where the settings' own specs cannot be told, as without a model's weights.
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
    """Delete slices; the ledger's rows go first, as it may say of no shard that is not there that it is done."""
    specs = defaultdict(set)
    for one in slices:
        specs[one.source].add(one.spec)
    for source, gone in specs.items():
        lake.replace_rows("shards", {"corpus": source, "spec": gone}, [])
    for one in slices:
        lake.replace_rows(one.table, one.where, [])


def _key(where: Mapping[str, str]) -> tuple[str, str]:
    """Corpus or set, and spec."""
    return next(value for column, value in where.items() if column != "spec"), where["spec"]


def _superseded_specs(context: Context, slices: Iterable[Mapping[str, str]]) -> set[tuple[str, str]]:
    """Those of the slices' (corpus or set, spec) that are superseded."""
    there: dict[tuple[str, str], set[str]] = defaultdict(set)
    for where in slices:
        source, spec = _key(where)
        there[source, _kind(spec)].add(spec)
    gone = {(corpus.name, spec) for corpus in context.settings.corpora for spec in _of_corpus(context, corpus, there)}
    return gone | set(_of_sets(context, there))


def _of_corpus(context: Context, corpus: Corpus, there: Mapping[tuple[str, str], set[str]]) -> Iterator[str]:
    # The specs of models take a look at their weights: only where there is something to choose from.
    if all(len(specs) < 2 for (source, _), specs in there.items() if source == corpus.name):
        return
    for stage in shard_stages(wanted_stages(context.settings)):
        for spec in stage.specs(context, corpus):
            found = there.get((corpus.name, spec.stage), set())
            yield from found - {spec.id} if spec.id in found else ()


def _of_sets(context: Context, there: Mapping[tuple[str, str], set[str]]) -> Iterator[tuple[str, str]]:
    """The same of evaluations: a spec that a set has for models that the settings evaluate under others."""
    evaluate = context.settings.evaluate
    if evaluate is None or all(len(specs) < 2 for (_, kind), specs in there.items() if kind == "evaluate"):
        return
    models: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one_set, model, spec in context.lake.distinct("evaluations", "set", "model", "spec"):
        models[one_set, spec].add(model)
    for one_set in evaluate.sets:
        named = {model.name: evaluation_spec(one_set, model, context.identities).id for model in evaluate.models}
        replaced = {model for model, spec in named.items() if model in models[one_set.name, spec]}
        for spec in there.get((one_set.name, "evaluate"), set()) - set(named.values()):
            if models[one_set.name, spec] <= replaced:
                yield one_set.name, spec


def _kind(spec: str) -> str:
    return spec.rpartition("-")[0]


def _last_written(lake: Lake) -> dict[tuple[str, str], datetime]:
    """When the ledger was last written under each spec, by corpus or set and spec."""
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
