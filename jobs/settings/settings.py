"""What a run is: the YAML file as strict models, checked before Spark starts.

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
from jobs.settings.strict import Strict
from jobs.settings.text_search import Captions

Search = Literal["text", "image", "integrated"]


class Report(Strict):
    """Where the page goes; default: report.html beside the lake's folder."""

    output: str | None = None


class Published(Strict):
    """The authors' published results: the file that describes their layout; default: conf/published.yaml."""

    layout: str | None = None


class Spark(Strict):
    """How the command line builds a session where there is none."""

    master: str = "local[*]"
    driver_memory: str = "2g"
    conf: dict[str, str | int | float | bool] = {}


class Waves(Strict):
    """How much work one commit covers: the next wave is sized to last `seconds` at the rate of those before it."""

    seconds: float = Field(default=120, gt=0)
    max_shards: int | None = Field(default=None, ge=1)


class Loop(Strict):
    """The closed loop: where the drawn corpus and the trained model lie, and what they are."""

    folder: str
    drawing: dict[str, Any] = {}
    training: dict[str, Any] = {}


class Settings(Strict):
    """A whole run."""

    name: str = Field(min_length=1)
    lake: str = Field(min_length=1, description="a folder with a slash, a URI, or catalog.schema (docs/lakes.md)")
    corpora: list[Corpus] = []
    concepts: list[ConceptList] = []
    captions: Captions | None = None
    images: Images | None = None
    describe: Describe | None = None
    evaluate: Evaluate | None = None
    fit: Fit | None = None
    tracking: Tracking | None = None
    report: Report = Report()
    published: Published = Published()
    spark: Spark = Spark()
    waves: Waves = Waves()
    max_bad_fraction: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="a run fails where a corpus or shard has more samples that no search can use",
    )
    lease_seconds: float = Field(default=120, gt=1, description="a holder not heard of for so long is taken for dead")
    loop: Loop | None = None

    @field_validator("lake")
    @classmethod
    def _known_location(cls, value: str) -> str:
        parse(value)
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
        return self

    @property
    def searches(self) -> tuple[str, ...]:
        """The halves of a sample that are searched: text, image, or both."""
        tagged = self.images is not None and self.images.tagger is not None
        return (*(["text"] if self.captions else []), *(["image"] if tagged else []))

    def corpus(self, name: str) -> Corpus:
        """The corpus of that name; SettingsError names those there are."""
        for corpus in self.corpora:
            if corpus.name == name:
                return corpus
        raise SettingsError(f"no corpus '{name}'; corpora: {', '.join(c.name for c in self.corpora) or 'none'}")

    def chosen(self, name: str | None) -> list[Corpus]:
        """The corpus of that name, or all where none is named."""
        return [self.corpus(name)] if name else list(self.corpora)
