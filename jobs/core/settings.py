"""What a run is: the YAML file as strict models, checked before Spark starts.

An unknown key is refused with the nearest known one. Only `name` and `lake` are required; a stage whose section is
absent is not run. Nothing here imports Spark, torch or spaCy.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, TypeAdapter, ValidationError, field_validator, model_validator

from jobs.core.databricks import refuse_relative_experiment
from jobs.core.errors import SettingsError
from jobs.core.location import parse
from jobs.core.protocols import FitProtocol
from jobs.core.strict import Strict, messages, refuse_unknown
from udfs.shards.registry import READERS
from udfs.text.modes import Mode

Prompt = Literal["class", "simple", "ensemble"]
Search = Literal["text", "image", "integrated"]

Device = Annotated[str, Field(pattern=r"^(auto|cpu|cuda|cuda:\d+)$", description="auto, cpu, cuda or cuda:N")]

TOKENIZER = "the tokenizer.json of a model that has not CLIP's own tokenizer, as SigLIP"


class ShardSource(Strict):
    """A named set of shards: a file or folder (or URI), its format, and the options of that format's reader."""

    name: str = Field(min_length=1, pattern=r"^[\w.-]+$")
    format: str
    path: str
    pattern: str | None = Field(default=None, description="only shards whose relative name matches, as in '*.tar'")
    options: dict[str, Any] = {}

    @field_validator("format")
    @classmethod
    def _known_format(cls, value: str) -> str:
        if value not in READERS:
            raise ValueError(f"'{value}' is not a format; formats: {', '.join(sorted(READERS))}")
        return value

    @model_validator(mode="after")
    def _known_options(self) -> ShardSource:
        kind: Any = READERS[self.format]
        refuse_unknown(self.options, [field.name for field in dataclasses.fields(kind)])
        try:
            TypeAdapter(kind).validate_python(self.options)
        except ValidationError as error:
            raise ValueError("; ".join(f"options.{line}" for line in messages(error))) from None
        return self


class Corpus(ShardSource):
    """An image-text corpus to count in."""


class EvaluationSet(ShardSource):
    """A downstream classification set: the caption of a sample is its true class, by name or by index in `concepts`."""

    concepts: str = Field(description="the concept list that names its classes, in order")


class ConceptList(Strict):
    """A list of concepts: a file with one a line, a JSON or YAML list, or a table and the column that names them."""

    name: str = Field(min_length=1)
    file: str
    column: str | Annotated[int, Field(ge=0, strict=True)] | None = Field(
        default=None, description="its header, or its number from 0 in a file without; needed where it is not plain"
    )


class Captions(Strict):
    """Text search: the spaCy pipeline that reads captions, and how a concept is matched against what it finds."""

    pipeline: str = "en_core_web_sm"
    match: Mode = "strict"
    ignore_case: bool = Field(default=False, description="for match: substring; the others say themselves")
    clean: bool = Field(
        default=True,
        description="search captions and concepts decoded and in one form of Unicode; never in match: paper",
    )
    max_characters: int = Field(default=100_000, ge=1, le=1_000_000)
    engine: Literal["fast", "spacy"] = Field(
        default="fast", description="how nouns are found; both find the same, and fast is spacy where it cannot be used"
    )
    check_share: float = Field(default=0.001, ge=0, le=1, description="the share of captions that both engines search")

    @property
    def cleans(self) -> bool:
        """Whether captions and concepts are cleaned under this match mode."""
        return self.clean and self.match != "paper"


class Scores(Strict):
    """What a tagger's scores are kept and counted by."""

    floor: float = Field(default=0.1, ge=0, le=1, description="scores strictly above it are stored")
    threshold: float | list[float] = Field(default=0.5, description="a concept is found strictly above it")

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Every threshold to count at, ascending."""
        values = self.threshold if isinstance(self.threshold, list) else [self.threshold]
        return tuple(sorted(set(values)))

    @property
    def score_type(self) -> Literal["float32", "float16"]:
        """The type in which scores and thresholds are compared; scores are stored as they were computed."""
        return "float32"

    @model_validator(mode="after")
    def _thresholds_above_floor(self) -> Scores:
        if not self.thresholds or not all(self.floor <= value < 1 for value in self.thresholds):
            raise ValueError(f"threshold must be at least the floor {self.floor} and below 1, not {self.threshold}")
        return self


class Classifier(Scores):
    """A closed-vocabulary tagger: a timm model and the names of its classes by index."""

    kind: Literal["classifier"]
    model: str
    weights: str
    sha256: str | None = None
    classes: str | None = Field(default=None, description="class names, one a line; default: ImageNet's 1,000")
    mean: tuple[float, float, float] | None = None
    std: tuple[float, float, float] | None = None
    interpolation: Literal["bilinear", "bicubic"] | None = None
    crop: float | None = Field(default=None, gt=0, le=1)


class OpenClip(Strict):
    """An open_clip model: a name with a weights file, or a folder with open_clip's config and weights."""

    model: str
    weights: str | None = None
    sha256: str | None = None


class OpenClipImages(OpenClip):
    """One that sees images; `mean` and the rest where the weights want other preprocessing than the model's name."""

    mean: tuple[float, float, float] | None = None
    std: tuple[float, float, float] | None = None
    interpolation: Literal["bilinear", "bicubic"] | None = None
    resize_mode: Literal["shortest", "longest", "squash"] | None = None


class ClipTagger(Scores, OpenClipImages):
    """An open-vocabulary tagger: any open_clip model, zero-shot over the concept lists."""

    kind: Literal["clip"]
    tokenizer: str | None = Field(default=None, description=TOKENIZER)
    prompts: Prompt | list[str] = "simple"
    activation: Literal["softmax", "sigmoid"] | None = Field(
        default=None, description="over the names or of each by itself; default: sigmoid where the model has a bias"
    )


class RamPlus(Scores):
    """The paper's tagger: RAM++ from its own checkpoint, and the labels that it looks for (docs/ram_plus.md)."""

    kind: Literal["ram_plus"]
    weights: str
    labels: str = Field(description="safetensors file of text embeddings, with the names in a .txt beside it")
    sha256: str | None = None
    mode: Literal["paper", "upstream"] = "paper"
    size: int | None = Field(default=None, ge=1, description="pixels a side; default: those of the weights")
    # The paper studied thresholds from 0.5 to 0.7; a lower one can be counted later without a model, down to the floor.
    floor: float = Field(default=0.3, ge=0, le=1, description="scores strictly above it are stored")
    threshold: float | list[float] = Field(default=0.7, description="a concept is found strictly above it")

    @property
    def score_type(self) -> Literal["float32", "float16"]:
        """float16 as the paper stored its scores; else float32."""
        return "float16" if self.mode == "paper" else "float32"


class Embedder(OpenClipImages):
    """The model whose image embeddings are stored."""

    normalize: bool = True


class Policy(Strict):
    """What happens to images that are not plain 8-bit RGB (design, section 6). What is not said is the tagger's own."""

    exif_rotation: bool | None = None
    alpha: Literal["white", "drop"] | None = None
    sixteen_bit: Literal["scale", "clip"] | None = None
    truncated: Literal["reject", "pad"] | None = None
    resize: Literal["pillow", "torchvision"] | None = Field(
        default=None, description="pillow: its very pixels; torchvision: within a grey level of them, twice as fast"
    )
    max_pixels: int | None = Field(default=None, ge=1)
    max_bytes: int | None = Field(default=None, ge=1)
    max_aspect: float | None = Field(default=None, ge=1)


class Images(Strict):
    """Image search: a tagger, an embedder, or both, fed by one decode."""

    tagger: Annotated[Classifier | ClipTagger | RamPlus, Field(discriminator="kind")] | None = None
    embedder: Embedder | None = None
    device: Device = "auto"
    batch_size: int | None = Field(default=None, ge=1, le=1024, description="default: 32 on the CPU, 128 on a GPU")
    precision: Literal["auto", "float32", "float16"] = Field(
        default="auto", description="auto: float16 on a GPU for ram_plus and embeddings alone, else float32"
    )
    threads: int | None = Field(default=None, ge=1, description="that decode; default: the cores of the task")
    policy: Policy = Policy()

    @model_validator(mode="after")
    def _something_to_do(self) -> Images:
        if self.tagger is None and self.embedder is None:
            raise ValueError("needs a tagger, an embedder, or both")
        return self


class Describe(OpenClip):
    """The text tower that turns descriptions of concepts into labels for RAM++."""

    model: str = "ViT-B-16-quickgelu"
    device: Device = "auto"


class EvaluationModel(OpenClipImages):
    """A model whose zero-shot accuracy is measured; `name` is what tables and figures call it."""

    name: str
    tokenizer: str | None = Field(default=None, description=TOKENIZER)


class Evaluate(Strict):
    """Downstream performance: zero-shot classification of `sets` by `models` with each kind of prompt."""

    sets: list[EvaluationSet] = Field(min_length=1)
    models: list[EvaluationModel] = Field(min_length=1)
    prompts: list[Prompt] = ["ensemble"]
    device: Device = "auto"
    batch_size: int = Field(default=64, ge=1)


class Fit(Strict):
    """The law: how accuracy is fitted against frequency, under one protocol or several side by side."""

    protocols: list[str | FitProtocol] = Field(
        default=["paper", "default"],
        min_length=1,
        description="each a name (conf/protocols/NAME.yaml), a file, or the protocol itself; default: paper, then ours",
    )
    draws: int = Field(default=1_000, ge=100, description="bootstrap draws of the slopes' intervals")
    seed: int = 0


class Tracking(Strict):
    """Where MLflow keeps its runs."""

    uri: str
    experiment: str

    @model_validator(mode="after")
    def _experiment_is_a_path(self) -> Tracking:
        refuse_relative_experiment(self.uri, self.experiment)
        return self


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

    def corpus(self, name: str) -> Corpus:
        """The corpus of that name; SettingsError names those there are."""
        for corpus in self.corpora:
            if corpus.name == name:
                return corpus
        raise SettingsError(f"no corpus '{name}'; corpora: {', '.join(c.name for c in self.corpora) or 'none'}")

    def chosen(self, name: str | None) -> list[Corpus]:
        """The corpus of that name, or all where none is named."""
        return [self.corpus(name)] if name else list(self.corpora)


def load_settings(path: str, overrides: list[str] | None = None) -> Settings:
    """Read and check a settings file; `overrides` are `path.to.key=value` with YAML values.

    Raises SettingsError that names the file, the key and, for an unknown key, the nearest known one.
    """
    try:
        given = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not YAML: {error}") from None
    if not isinstance(given, dict):
        raise SettingsError(f"{path}: a mapping of settings is expected, found {type(given).__name__}")
    for override in overrides or []:
        _apply(given, override)
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise SettingsError("\n".join(f"{path}: {line}" for line in messages(error))) from None


def _apply(given: dict[str, Any], override: str) -> None:
    """Set one dotted path in place; items of a list are addressed by number or by their `name`."""
    path, separator, value = override.partition("=")
    if not separator or not path:
        raise SettingsError(f"--set {override}: expected path.to.key=value")
    node: Any = given
    *parents, last = path.split(".")
    for part in parents:
        node = _child(node, part, override)
    try:
        parsed = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise SettingsError(f"--set {override}: the value is not YAML: {error}") from None
    if isinstance(node, list):
        node[_index(node, last, override)] = parsed
    elif isinstance(node, dict):
        node[last] = parsed
    else:
        raise SettingsError(f"--set {override}: what '{last}' shall be set in is a value, not a section")


def _child(node: Any, part: str, override: str) -> Any:
    if isinstance(node, list):
        return node[_index(node, part, override)]
    if node.get(part) is None:
        node[part] = {}
    if not isinstance(node[part], dict | list):
        raise SettingsError(f"--set {override}: '{part}' is a value, not a section")
    return node[part]


def _index(items: list[Any], part: str, override: str) -> int:
    for index, item in enumerate(items):
        if part == str(index) or (isinstance(item, dict) and item.get("name") == part):
            return index
    raise SettingsError(f"--set {override}: no item '{part}' in a list of {len(items)}")
