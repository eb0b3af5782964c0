"""The sections `images` and `describe`: taggers, embedders, and how images are read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jobs.settings.strict import Strict

Prompt = Literal["class", "simple", "ensemble"]


Device = Annotated[str, Field(pattern=r"^(auto|cpu|cuda|cuda:\d+)$", description="auto, cpu, cuda or cuda:N")]


TOKENIZER = "the tokenizer.json of a model that has not CLIP's own tokenizer, as SigLIP"


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
