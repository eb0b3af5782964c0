"""The settings of a run: the YAML file as strict models, checked before Spark starts.

An unknown key is refused with the nearest known one. Only `name` and `lake` are required; a stage whose section is
absent is not run. Nothing here imports Spark, torch or spaCy.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from jobs.errors import SettingsError
from jobs.lake.location import parse
from jobs.settings.corpora import ConceptList, Corpus
from jobs.settings.image_search import Describe, Images
from jobs.settings.law import Evaluate, Fit, Tracking
from jobs.settings.report import Report
from jobs.settings.storage import Storage, known_keys, with_stores
from jobs.settings.strict import Strict
from jobs.settings.text_search import Captions
from udfs.attributes.names import Attribute
from udfs.text.modes import INDEX_OF

Search = Literal["text", "image", "integrated"]


class Published(Strict):
    """The authors' published results: the file that describes their layout."""

    layout: str | None = Field(default=None, description="a YAML file; without it, `conf/published.yaml`")


class Spark(Strict):
    """How the command line builds a session if there is none."""

    master: str = Field(default="local[*]", description="where Spark runs, as `spark-submit --master` takes it")
    driver_memory: str = Field(default="2g", description="memory of the driver's JVM")
    conf: dict[str, str | int | float | bool] = Field(default={}, description="any properties of Spark")


class Waves(Strict):
    """How much work one commit covers: the next wave is sized to last `seconds` at the rate of those before it."""

    seconds: float = Field(default=120, gt=0, description="how long a wave should last")
    max_shards: int | None = Field(default=None, ge=1, description="the most shards in a wave; without it, no limit")


class Watch(Strict):
    """How `conceptfreq watch` looks for new shards ([more](schedules.md))."""

    seconds: float = Field(default=60, ge=1, description="the corpora are listed again after so many seconds")
    checkpoint: str | None = Field(
        default=None,
        description="a folder or URI for Spark's memory of the listings; without it, `_checkpoints` below the "
        "lake, or `build/NAME/_checkpoints` if the lake is in a catalog",
    )

    @field_validator("checkpoint")
    @classmethod
    def _known_place(cls, value: str | None) -> str | None:
        if value is not None and parse(value).is_catalog:
            raise ValueError(f"'{value}': files are written there, so it cannot lie in a catalog: write ./{value}")
        return value


class Loop(Strict):
    """The closed loop: a drawn corpus with a known truth, and a model that is trained on it."""

    folder: str = Field(description="where the corpus, its truth and the model are written")
    drawing: dict[str, Any] = Field(default={}, description="what corpus is drawn, see below")
    training: dict[str, Any] = Field(default={}, description="how the model is trained, see below")


class Settings(Strict):
    """A whole run."""

    name: str = Field(min_length=1, description="the name of the run in reports and MLflow")
    lake: str = Field(
        min_length=1,
        description="where the tables lie: a folder with a slash, a URI, or `catalog.schema` ([more](lakes.md))",
    )
    corpora: list[Corpus] = Field(default=[], description="what is counted in")
    concepts: list[ConceptList] = Field(default=[], description="what is counted")
    captions: Captions | None = Field(default=None, description="text search")
    images: Images | None = Field(default=None, description="image search")
    attributes: list[Attribute] = Field(
        default=[], description="what samples are indexed by, for breakdowns of counts ([more](breakdowns.md))"
    )
    describe: Describe | None = Field(default=None, description="labels for RAM++ (`conceptfreq describe`)")
    evaluate: Evaluate | None = Field(default=None, description="accuracy of models on the concepts")
    fit: Fit | None = Field(default=None, description="accuracy against frequency")
    tracking: Tracking | None = Field(default=None, description="MLflow; without it, fits are in the lake only")
    report: Report = Field(default=Report(), description="the page with all results")
    published: Published = Field(default=Published(), description="the paper's published results")
    storage: Storage = Field(
        default={},
        description="how S3 is reached: `s3` for all buckets, `s3://BUCKET` for one ([more](lakes.md#buckets))",
    )
    spark: Spark = Field(default=Spark(), description="the session that the command line builds")
    waves: Waves = Field(default=Waves(), description="how much work one commit covers")
    watch: Watch = Field(default=Watch(), description="how `conceptfreq watch` looks for new shards")
    max_bad_fraction: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="a run fails if a larger share of a corpus or shard is of no use to a search",
    )
    lease_seconds: float = Field(default=120, gt=1, description="a run without a heartbeat for so long counts as dead")
    loop: Loop | None = Field(default=None, description="the closed loop of `conceptfreq demo`, `draw` and `train`")

    @model_validator(mode="before")
    @classmethod
    def _uris_say_their_store(cls, given: Any) -> Any:
        return with_stores(given) if isinstance(given, dict) else given

    @field_validator("storage")
    @classmethod
    def _known_stores(cls, value: Storage) -> Storage:
        return known_keys(value)

    @field_validator("lake")
    @classmethod
    def _known_location(cls, value: str) -> str:
        parse(value)
        return value

    @field_validator("attributes")
    @classmethod
    def _named_once(cls, value: list[Attribute]) -> list[Attribute]:
        for name in value:
            if value.count(name) > 1:
                raise ValueError(f"'{name}' is named twice")
        return value

    @model_validator(mode="after")
    def _names_are_unique(self) -> Settings:
        evaluated = self.evaluate
        for kind, items in (
            ("corpora", self.corpora),
            ("concepts", self.concepts),
            ("evaluate.sets", evaluated.sets if evaluated else []),
            ("evaluate.models", evaluated.models if evaluated else []),
        ):
            names = [item.name for item in items]
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"{kind}: the name '{name}' is used twice")
        return self

    @model_validator(mode="after")
    def _lists_exist(self) -> Settings:
        lists = [item.name for item in self.concepts]
        for item in self.evaluate.sets if self.evaluate else []:
            if item.concepts not in lists:
                raise ValueError(f"evaluate.sets.{item.name}: no concept list '{item.concepts}'; lists: {lists}")
            if item.task == "retrieval" and self.captions is None:
                raise ValueError(f"evaluate.sets.{item.name}: retrieval needs the section 'captions', to search them")
        return self

    @model_validator(mode="after")
    def _samples_can_be_found(self) -> Settings:
        search = self.report.samples.search if self.report.samples else None
        for half, section in (("text", "captions"), ("image", "images.tagger")):
            if search in (half, "integrated") and half not in self.searches:
                raise ValueError(f"report.samples.search: {search} search needs the section '{section}'")
        return self

    @property
    def searches(self) -> tuple[str, ...]:
        """The halves of a sample that are searched: text, image, or both."""
        tagged = self.images is not None and self.images.tagger is not None
        return (*(["text"] if self.captions else []), *(["image"] if tagged else []))

    @property
    def indexed(self) -> tuple[str, ...]:
        """The halves that postings answer: all that are searched, but for captions searched for substrings."""
        as_text = self.captions is not None and INDEX_OF[self.captions.match] == "text"
        return tuple(search for search in self.searches if search != "text" or not as_text)

    def corpus(self, name: str) -> Corpus:
        """The corpus of that name. Raises SettingsError, which lists the corpora, if there is none."""
        for corpus in self.corpora:
            if corpus.name == name:
                return corpus
        raise SettingsError(f"no corpus '{name}'; corpora: {', '.join(c.name for c in self.corpora) or 'none'}")

    def concept_list(self, name: str) -> ConceptList:
        """The concept list of that name. Raises SettingsError, which names the lists, if there is none."""
        for source in self.concepts:
            if source.name == name:
                return source
        known = ", ".join(source.name for source in self.concepts) or "none"
        raise SettingsError(f"no concept list '{name}'; lists: {known}")

    def chosen(self, name: str | None) -> list[Corpus]:
        """The corpus of that name; all corpora for None."""
        return [self.corpus(name)] if name else list(self.corpora)
