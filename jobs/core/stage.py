"""The definition of a stage: one record, used by runs, retries, status, estimates, the report and the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from jobs.lake.tables import TABLES

if TYPE_CHECKING:
    from jobs.core.context import Context
    from jobs.core.listing import Listings
    from jobs.core.waves import Plan, Summary
    from jobs.lake.specs import Spec
    from jobs.settings.corpora import Corpus
    from jobs.settings.settings import Settings


@dataclass(frozen=True)
class Lazy:
    """A function named `module:function`, imported at its first call, so that a list of stages needs no Spark."""

    name: str

    def __call__(self, *arguments: Any) -> Any:
        """Call the function."""
        module, _, function = self.name.partition(":")
        return getattr(import_module(module), function)(*arguments)


@dataclass
class Result:
    """The result of a stage or a command: work on shards by corpus, other tables and files, and troubles.

    troubles: in sentences, why a stage ended, for a corpus or altogether, and which data lack usable samples.
    lease_held: whether a stage ended because another run works there.
    """

    stages: list[Summary] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    lease_held: bool = False

    @property
    def failed(self) -> int:
        """Shards that failed, over all stages."""
        return sum(len(summary.failed) for summary in self.stages)

    @property
    def complete(self) -> bool:
        """Whether every planned shard is done."""
        return all(summary.done == summary.planned for summary in self.stages)

    @property
    def succeeded(self) -> bool:
        """Whether everything planned is done and usable."""
        return self.complete and not self.failed and not self.troubles

    @property
    def idle(self) -> bool:
        """Whether nothing was written because nothing was left to do."""
        return not self.written and not any(summary.committed for summary in self.stages)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage of a run; it does its work either once or on each corpus.

    name: its subcommand; `summary` is its line of help.
    asked: whether the settings ask for it.
    table: the one table that it writes.
    check: raises SettingsError for a missing input, before Spark starts.
    reads_lists: whether it reads the concept lists.
    refuse_changed: raises SpecChanged if there are results under other settings, but none under these.
    work, work_on: its work, done once or on a corpus.
    after: the work after the last corpus.
    announce: the planned work, in lines.
    only_looks: whether it only reads tables, and needs neither Spark nor a model.
    """

    name: str
    summary: str
    asked: Callable[[Settings], bool]
    table: str | None = None
    check: Callable[[Settings, Listings], None] | None = None
    reads_lists: bool = False
    refuse_changed: Callable[[Context], None] | None = None
    work: Callable[[Context], Result] | None = None
    work_on: Callable[[Context, Corpus], Result] | None = None
    after: Callable[[Context], None] | None = None
    announce: Callable[[Context], list[str]] | None = None
    only_looks: bool = False


@dataclass(frozen=True, kw_only=True)
class ShardStage(Stage):
    """A stage that works through the shards of each corpus.

    specs: the specs under which it writes rows of a corpus.
    plan: its work on a corpus.
    built_on: the stages from whose rows its rows are made.
    first: the stages that are done before it even if it is asked for alone; they take little time.
    search: the search that uses its rows.
    before_corpus: the work before the plan.
    after_corpus: the work after that on a corpus; returns the names of the tables and files written.
    """

    table: str
    specs: Callable[[Context, Corpus], tuple[Spec, ...]]
    plan: Callable[[Context, Corpus], Plan]
    built_on: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    search: Literal["text", "image"] | None = None
    before_corpus: Callable[[Context, Corpus], None] | None = None
    after_corpus: Callable[[Context, Corpus, Plan], list[str]] | None = None

    @property
    def rows_are_samples(self) -> bool:
        """Whether each row is a sample with its status and its seconds of work."""
        return "status" in TABLES[self.table].column_names
