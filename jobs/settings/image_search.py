"""The sections `images` and `describe`: taggers, embedders, and how images are read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jobs.settings.strict import Strict

Prompt = Literal["class", "simple", "ensemble"]


Device = Annotated[
    str,
    Field(
        pattern=r"^(auto|cpu|cuda|cuda:\d+)$",
        description="`auto` takes a GPU if there is one; else `cpu`, `cuda` or `cuda:N`",
    ),
]


TOKENIZER = "the `tokenizer.json` of a model that does not use CLIP's tokenizer, such as SigLIP"
PROMPTS = "texts of a class: `class` is its name, `simple` one template, `ensemble` CLIP's 80 templates"
WEIGHTS = "a path, a URI or `package:NAME/FILE`"
SHA256 = "refuse weights with another sha256"
MEAN = "per channel, of pixels from 0 to 1; without it, what was published with the model"
STD = "as `mean`"
INTERPOLATION = "how images are resized; without it, what was published with the model"


class Scores(Strict):
    """The bounds above which a tagger's scores are stored and counted."""

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

    kind: Literal["classifier"] = Field(description="the kind of tagger")
    model: str = Field(description="a name that timm knows")
    weights: str = Field(description=WEIGHTS)
    sha256: str | None = Field(default=None, description=SHA256)
    classes: str | None = Field(
        default=None, description="a file with one class name per line; without it, the 1,000 classes of ImageNet"
    )
    mean: tuple[float, float, float] | None = Field(default=None, description=MEAN)
    std: tuple[float, float, float] | None = Field(default=None, description=STD)
    interpolation: Literal["bilinear", "bicubic"] | None = Field(default=None, description=INTERPOLATION)
    crop: float | None = Field(
        default=None, gt=0, le=1, description="share of the sides that is kept; without it, what timm has for the model"
    )


class OpenClip(Strict):
    """An open_clip model: a name with a weights file, or a folder with open_clip's config and weights."""

    model: str = Field(description="a name that open_clip knows, or a folder with `open_clip_config.json`")
    weights: str | None = Field(default=None, description=f"{WEIGHTS}; without it, the file in the model's folder")
    sha256: str | None = Field(default=None, description=SHA256)


class OpenClipImages(OpenClip):
    """An open_clip model of images; `mean` and the rest are for weights with other preprocessing than the model's."""

    mean: tuple[float, float, float] | None = Field(default=None, description=MEAN)
    std: tuple[float, float, float] | None = Field(default=None, description=STD)
    interpolation: Literal["bilinear", "bicubic"] | None = Field(default=None, description=INTERPOLATION)
    resize_mode: Literal["shortest", "longest", "squash"] | None = Field(
        default=None, description="the side that is fitted, or neither; without it, what was published with the model"
    )


class ClipTagger(Scores, OpenClipImages):
    """An open-vocabulary tagger: any open_clip model, zero-shot over the concept lists."""

    kind: Literal["clip"] = Field(description="the kind of tagger")
    tokenizer: str | None = Field(default=None, description=TOKENIZER)
    prompts: Prompt | list[str] = Field(default="simple", description=f"{PROMPTS}; or templates with `{{}}`")
    activation: Literal["softmax", "sigmoid"] | None = Field(
        default=None,
        description="over all names, or of each name by itself; without it, `sigmoid` if the model has a bias",
    )


class RamPlus(Scores):
    """The paper's tagger: RAM++ from its own checkpoint, and the labels that it looks for (docs/ram_plus.md)."""

    kind: Literal["ram_plus"] = Field(description="the kind of tagger")
    weights: str = Field(description=f"the checkpoint: {WEIGHTS}")
    labels: str = Field(description="a .safetensors file of text embeddings, with the names in a .txt beside it")
    sha256: str | None = Field(default=None, description=SHA256)
    mode: Literal["paper", "upstream"] = Field(
        default="paper", description="average the descriptions of a label, or weigh them for each image"
    )
    size: int | None = Field(default=None, ge=1, description="pixels per side; without it, that of the training")
    # The paper studied thresholds from 0.5 to 0.7; a lower one can be counted later without a model, down to the floor.
    floor: float = Field(default=0.3, ge=0, le=1, description="scores strictly above it are stored")
    threshold: float | list[float] = Field(default=0.7, description="a concept is found strictly above it")

    @property
    def score_type(self) -> Literal["float32", "float16"]:
        """float16 as the paper stored its scores; else float32."""
        return "float16" if self.mode == "paper" else "float32"


class AnnotationTagger(Scores):
    """No model: the labels that others found in the images, as the samples carry them (docs/dataconcept.md)."""

    kind: Literal["annotations"] = Field(description="the kind of tagger")
    field: Literal["classes", "tags"] = Field(
        default="classes", description="the labels: `classes` with `scores`, or `tags` with `tag_probs`"
    )
    vocabulary: str | None = Field(
        default=None,
        description="a file with one name per line, if `tag_probs` has a number for each of these and not for each tag",
    )
    # Who annotated has decided what is found.
    floor: float = Field(default=0.0, ge=0, le=1, description="scores strictly above it are stored")
    threshold: float | list[float] = Field(default=0.0, description="a concept is found strictly above it")

    @model_validator(mode="after")
    def _vocabulary_of_tags(self) -> AnnotationTagger:
        if self.vocabulary is not None and self.field != "tags":
            raise ValueError("vocabulary belongs to field: tags")
        return self


class Embedder(OpenClipImages):
    """The model whose image embeddings are stored."""

    normalize: bool = Field(default=True, description="scale embeddings to length 1")


class Policy(Strict):
    """How images that are not plain 8-bit RGB are read (docs/images.md). Without a key, the tagger decides."""

    exif_rotation: bool | None = Field(
        default=None, description="rotate images as their EXIF data say; without it, true (`ram_plus`: false)"
    )
    alpha: Literal["white", "drop"] | None = Field(
        default=None,
        description="put images on white, or drop their transparency; without it, `white` (`ram_plus`: `drop`)",
    )
    sixteen_bit: Literal["scale", "clip"] | None = Field(
        default=None,
        description="scale 16-bit values to 8 bits, or clip them at 255; without it, `scale` (`ram_plus`: `clip`)",
    )
    truncated: Literal["reject", "pad"] | None = Field(
        default=None,
        description="reject images that end early, or fill the rest; without it, `reject` (`ram_plus`: `pad`)",
    )
    resize: Literal["pillow", "torchvision"] | None = Field(
        default=None,
        description="`torchvision` is twice as fast and within 2 grey levels of `pillow`; "
        "without it, `torchvision` (`ram_plus`: `pillow`)",
    )
    max_pixels: int | None = Field(
        default=None, ge=1, description="larger images are `too_large`; without it, 89,478,485"
    )
    max_bytes: int | None = Field(default=None, ge=1, description="larger files are `too_large`; without it, 64 MiB")
    max_aspect: float | None = Field(
        default=None, ge=1, description="images with a larger ratio of their sides are `too_large`; without it, 1,000"
    )


class Images(Strict):
    """Image search: a tagger, an embedder, or both, fed by one decode."""

    tagger: Annotated[Classifier | ClipTagger | RamPlus | AnnotationTagger, Field(discriminator="kind")] | None = Field(
        default=None, description="what finds concepts in images"
    )
    embedder: Embedder | None = Field(default=None, description="the model whose image embeddings are stored")
    device: Device = "auto"
    batch_size: int | None = Field(
        default=None, ge=1, le=1024, description="images per batch; without it, 32 on the CPU and 128 on a GPU"
    )
    precision: Literal["auto", "float32", "float16"] = Field(
        default="auto",
        description="`auto` is `float16` on a GPU for `ram_plus` and for an embedder alone, else `float32`",
    )
    threads: int | None = Field(
        default=None, ge=1, description="threads that decode; without it, the cores of the task"
    )
    policy: Policy = Field(default=Policy(), description="how unusual images are read")
    hashes: list[Literal["bytes", "look"]] = Field(
        default=[],
        description="hashes of each image to store: `bytes` (sha256 of the file) and `look` (perceptual hash); "
        "`counts --distinct` needs them (docs/distinct.md)",
    )

    @model_validator(mode="after")
    def _something_to_do(self) -> Images:
        if self.tagger is None and self.embedder is None:
            raise ValueError("needs a tagger, an embedder, or both")
        return self

    @model_validator(mode="after")
    def _no_image_is_opened_for_annotations(self) -> Images:
        if self.annotations is not None and (self.embedder is not None or self.hashes):
            what = "embedder" if self.embedder is not None else "hashes"
            raise ValueError(f"a tagger of kind annotations opens no image: leave out {what}, or make settings for it")
        return self

    @property
    def annotations(self) -> AnnotationTagger | None:
        """The tagger, if it is none but reads annotations."""
        return self.tagger if isinstance(self.tagger, AnnotationTagger) else None


class Describe(OpenClip):
    """The text tower that turns descriptions of concepts into labels for RAM++."""

    model: str = Field(default="ViT-B-16-quickgelu", description="a name that open_clip knows, or a folder")
    device: Device = "auto"
