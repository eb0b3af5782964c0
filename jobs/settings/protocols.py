"""How performance is fitted against frequency, as settings: which sets and models are pooled, and how bins are made.

A protocol is a file of conf/protocols/ or a mapping in the settings. `bins` serves every fit; `pools` says which sets
and models of published results go together, and only `reproduce` reads it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from jobs.analysis.protocol import Protocol
from jobs.analysis.search_words import metric_title
from jobs.errors import SettingsError
from jobs.settings.conf_files import conf_file
from jobs.settings.strict import Strict, read_section

Task = Literal["classification", "retrieval", "t2i"]

LOW = "bins left out at the low end, counted by position"
HIGH = "bins left out at the high end"


class Ends(Strict):
    """Bins that are left out at the ends for one corpus."""

    drop_low: int = Field(ge=0, description=LOW)
    drop_high: int = Field(ge=0, description=HIGH)


class Binning(Ends):
    """How concepts become bins; defaults are the paper's for CC-3M and CC-12M."""

    edges: int = Field(default=12, ge=3, description="equally spaced edges from lowest to highest ln(frequency)")
    drop_low: int = Field(default=1, ge=0, description=LOW)
    drop_high: int = Field(default=1, ge=0, description=HIGH)
    zero_becomes: float = Field(default=1.0, gt=0, description="lower frequencies are raised to it")
    min_concepts_per_bin: int = Field(default=1, ge=1, description="bins with fewer concepts are left out")
    empty: Literal["leave_out", "zero"] = Field(
        default="leave_out", description="`zero`: an empty bin counts with mean 0"
    )
    weights: Literal["equal", "concepts"] = Field(
        default="equal", description="a bin counts once, or as often as it has concepts"
    )
    corpora: dict[str, Ends] = Field(default={}, description="other bins to leave out, by corpus")

    @model_validator(mode="after")
    def _leaves_three(self) -> Binning:
        for name, ends in {"default": self, **self.corpora}.items():
            if self.edges - ends.drop_low - ends.drop_high < 3:
                left_out = f"{ends.drop_low} low and {ends.drop_high} high bins"
                raise ValueError(f"{name}: {self.edges} edges without {left_out} leave fewer than 3 bins")
        return self


class Bins(Strict):
    """The bins of each task."""

    classification: Binning = Field(default=Binning(), description="bins of classification")
    retrieval: Binning = Field(default=Binning(), description="bins of retrieval")
    t2i: Binning = Field(default=Binning(), description="bins of text-to-image generation")


class CorpusPool(Strict):
    """What is fitted for one corpus: backbones, in the order of the figures, and the prompt of its figure."""

    models: list[str] | None = Field(
        default=None, description="backbones; without it, every model that is there, by its own name"
    )
    prompt: str | None = Field(default=None, description="the prompt of the corpus's figure")


class TaskPool(Strict):
    """Which (set, concept) pairs are pooled for a task, and for which corpora."""

    sets: list[str] = Field(min_length=1, description="the sets that are pooled")
    without: dict[str, list[str]] = Field(default={}, description="sets to leave out, by search (`text`, `image`, ...)")
    uncounted: Literal["refuse", "leave_out"] = Field(
        default="refuse",
        description="refuse a fit if counted concepts have no score, or leave these out",
    )
    min_scores: int = Field(default=1, ge=1, description="concepts with fewer scores are left out")
    lower_is_better: list[str] = Field(default=[], description="metrics of which a lower value is the better one")
    corpora: dict[str, CorpusPool] = Field(min_length=1, description="what is fitted, by corpus")

    def sets_of(self, search: str) -> tuple[str, ...]:
        """The sets that are pooled for a search."""
        out = self.without.get(search, [])
        return tuple(name for name in self.sets if name not in out)


class Wag(Strict):
    """A set of rare classes, compared with a set by which models are usually judged."""

    set: str = Field(description="the set of rare classes")
    against: str = Field(description="the usual set")
    prompt: str = Field(description="the prompt of both")
    split: float = Field(description="accuracy on `against`, in its unit; one line is fitted below it and one above")
    stated: dict[str, float] = Field(
        default={}, description="mean accuracy on `against`, in its unit, of models without published classes there"
    )


class Pools(Strict):
    """The pools of published results."""

    text_method: str = Field(description="the text search that is called `text`; others are called `text-METHOD`")
    threshold: float = Field(description="threshold of image and integrated search in the figures")
    threshold_prompt: str = Field(description="prompt of the figure that compares thresholds")
    classification: TaskPool = Field(description="pool of classification")
    retrieval: TaskPool = Field(description="pool of retrieval")
    t2i: TaskPool = Field(description="pool of text-to-image generation")
    let_it_wag: Wag = Field(description="rare classes against usual ones")

    def task(self, name: Task) -> TaskPool:
        """The pool of a task."""
        pool: TaskPool = getattr(self, name)
        return pool

    def metric_title(self, task: Task, metric: str) -> str:
        """A metric's name, with its direction if a lower value is the better one."""
        return metric_title(metric, metric not in self.task(task).lower_is_better)


class FitProtocol(Strict):
    """A named protocol. `first` is the leading number of a fit: r over its bins, or the unbinned slope."""

    name: str = Field(
        min_length=1, pattern=r"^[\w.-]+$", description="its name in tables: letters, digits, `_`, `.`, `-`"
    )
    first: Literal["r", "slope"] = Field(default="r", description="the number that tables and figures lead with")
    bins: Bins = Field(default=Bins(), description="how concepts become bins, by task")
    pools: Pools | str | None = Field(
        default=None, description="pools of published results, or the name of a protocol that has them"
    )

    def binning(self, task: Task, corpus: str) -> Protocol:
        """How a task of a corpus is binned."""
        bins: Binning = getattr(self.bins, task)
        ends = bins.corpora.get(corpus, bins)
        given = bins.model_dump(exclude={"corpora", "drop_low", "drop_high"})
        return Protocol(self.name, drop_low=ends.drop_low, drop_high=ends.drop_high, first=self.first, **given)

    def published(self) -> Pools:
        """The pools. Raises SettingsError if there are none."""
        if isinstance(self.pools, str):
            return load_protocol(self.pools).published()
        if self.pools is None:
            raise SettingsError(
                f"protocol {self.name}: published results need `pools`, as conf/protocols/paper.yaml has"
            )
        return self.pools


def load_protocols(given: list[str | FitProtocol]) -> tuple[FitProtocol, ...]:
    """The protocols that the settings name, in order. Raises SettingsError if one cannot be read or is named twice."""
    loaded = tuple(load_protocol(item) if isinstance(item, str) else item for item in given)
    names = [protocol.name for protocol in loaded]
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"fit.protocols: the name '{name}' is used twice")
    return loaded


def load_protocol(named: str) -> FitProtocol:
    """The protocol of a file, or of conf/protocols/NAME.yaml for a name."""
    path = (
        Path(named)
        if named.endswith((".yaml", ".yml", ".json"))
        else conf_file(f"protocols/{named}.yaml", f"fit: {{protocols: [FOLDER/{named}.yaml]}}")
    )
    return read_section(FitProtocol, path, "fit.protocols")
