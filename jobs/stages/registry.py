"""Every stage, in the order of a run. To add one: write its module and its table, and name it here (CONTRIBUTING.md).

The records name functions and import none of them: the command line and the results can name a stage without it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from jobs.core.stage import Lazy, ShardStage, Stage
from jobs.errors import SettingsError
from jobs.settings.settings import Settings

if TYPE_CHECKING:
    from jobs.core.context import Context
    from jobs.core.waves import Plan
    from jobs.settings.corpora import Corpus

STAGES: tuple[Stage, ...] = (
    ShardStage(
        name="ingest",
        summary="shards to samples",
        asked=lambda settings: bool(settings.corpora),
        table="samples",
        specs=Lazy("jobs.stages.ingest:specs"),
        plan=Lazy("jobs.stages.ingest:plan"),
        check=Lazy("jobs.stages.inputs:check_corpora"),
        before_corpus=Lazy("jobs.stages.renames:follow"),
    ),
    ShardStage(
        name="captions",
        summary="samples to nouns",
        asked=lambda settings: bool(settings.corpora and settings.captions),
        table="caption_terms",
        specs=Lazy("jobs.stages.captions:specs"),
        plan=Lazy("jobs.stages.captions:plan"),
        check=Lazy("jobs.stages.inputs:check_pipeline"),
        built_on=("ingest",),
        search="text",
    ),
    ShardStage(
        name="images",
        summary="samples to tags and embeddings",
        asked=lambda settings: bool(settings.corpora and settings.images),
        table="image_features",
        specs=Lazy("jobs.stages.images:specs"),
        plan=Lazy("jobs.stages.images:plan"),
        check=Lazy("jobs.stages.inputs:check_models"),
        built_on=("ingest",),
        search="image",
        reads_lists=True,
    ),
    ShardStage(
        name="index",
        summary="nouns and tags to postings: the samples of each",
        asked=lambda settings: bool(settings.corpora and settings.indexed),
        table="postings",
        specs=Lazy("jobs.stages.index:specs"),
        plan=Lazy("jobs.stages.index:plan"),
        built_on=("captions", "images"),
    ),
    ShardStage(
        name="attributes",
        summary="languages, domains and the like of samples to postings",
        asked=lambda settings: bool(settings.corpora and settings.attributes),
        table="postings",
        specs=Lazy("jobs.stages.attributes:specs"),
        plan=Lazy("jobs.stages.attributes:plan"),
        check=Lazy("jobs.stages.inputs:check_attributes"),
        built_on=("ingest",),
    ),
    ShardStage(
        name="count",
        summary="postings to frequencies",
        asked=lambda settings: bool(settings.corpora and settings.concepts and settings.searches),
        table="shard_counts",
        specs=Lazy("jobs.stages.count:specs"),
        plan=Lazy("jobs.stages.count:plan"),
        check=Lazy("jobs.stages.inputs:check_pipeline"),
        built_on=("index", "captions", "images"),
        first=("index",),
        reads_lists=True,
        after_corpus=Lazy("jobs.stages.count:sum_up"),
        after=Lazy("jobs.results.audit:summarise"),
    ),
    Stage(
        name="evaluate",
        summary="zero-shot accuracy of models on downstream sets",
        asked=lambda settings: settings.evaluate is not None,
        table="evaluations",
        work=Lazy("jobs.stages.evaluate:run"),
        check=Lazy("jobs.stages.inputs:check_evaluation"),
        refuse_changed=Lazy("jobs.stages.evaluate:refuse_changed"),
        reads_lists=True,
        announce=Lazy("jobs.stages.evaluate:announce"),
    ),
    Stage(
        name="nearest",
        summary="test images to the nearest samples of each corpus",
        asked=lambda settings: settings.evaluate is not None and settings.evaluate.similarity,
        table="nearest_samples",
        work=Lazy("jobs.stages.nearest:run"),
        check=Lazy("jobs.stages.inputs:check_similarity"),
        reads_lists=True,
        announce=Lazy("jobs.stages.nearest:announce"),
    ),
    Stage(
        name="fit",
        summary="accuracy against frequency",
        asked=lambda settings: settings.fit is not None,
        table="fits",
        work_on=Lazy("jobs.stages.fit:run"),
        check=Lazy("jobs.stages.inputs:check_tracking"),
        announce=Lazy("jobs.stages.fit:announce"),
    ),
    Stage(
        name="report",
        summary="one page with all results",
        asked=lambda settings: True,
        work=Lazy("jobs.stages.report:run"),
        check=Lazy("jobs.stages.inputs:check_report"),
        announce=Lazy("jobs.stages.report:announce"),
        only_looks=True,
    ),
)


def stage_named(name: str) -> Stage:
    """The stage of that name. Raises SettingsError, which lists the stages, if there is none."""
    for stage in STAGES:
        if stage.name == name:
            return stage
    raise SettingsError(f"no stage '{name}'; stages: {', '.join(stage.name for stage in STAGES)}")


def wanted_stages(settings: Settings) -> tuple[str, ...]:
    """The names of the stages that the settings ask for, in the order of a run."""
    return tuple(stage.name for stage in STAGES if stage.asked(settings))


def with_first(settings: Settings, names: Sequence[str]) -> tuple[str, ...]:
    """These stages, and those that are done before one of them even if it is asked for alone, in the order of a run.

    Raises SettingsError for a name that is none.
    """
    asked = [stage_named(name).name for name in names]
    first = {one for stage in shard_stages(names) for one in stage.first if stage_named(one).asked(settings)}
    ordered = [stage.name for stage in STAGES]
    return tuple(sorted({*asked, *first}, key=ordered.index))


def shard_stages(names: Collection[str] | None = None) -> list[ShardStage]:
    """The stages that work through shards, either all or those in `names`, in the order of a run."""
    stages = [stage for stage in STAGES if isinstance(stage, ShardStage)]
    return [stage for stage in stages if names is None or stage.name in names]


def plans(context: Context, corpus: Corpus, names: Collection[str]) -> dict[str, Plan]:
    """The plans of the shard stages in `names` for a corpus, in the order of a run."""
    return {stage.name: stage.plan(context, corpus) for stage in shard_stages(names)}


def built_on(name: str) -> list[str]:
    """The stages whose rows are made from those of stage `name`, directly or not; the last of a run comes first."""
    found = [name]
    for stage in STAGES:
        if isinstance(stage, ShardStage) and set(found) & set(stage.built_on):
            found.append(stage.name)
    return found[:0:-1]
