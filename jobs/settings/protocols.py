"""How performance is fitted against frequency, as settings: what is pooled, and how it is binned.

A protocol is a file of conf/protocols/ or a mapping in the settings. `bins` serves every fit; `pools` says which sets
and models of published results go together, and only `reproduce` reads it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from jobs.analysis.protocol import Protocol
from jobs.errors import SettingsError
from jobs.settings.conf_files import conf_file
from jobs.settings.strict import Strict, read_section

Task = Literal["classification", "retrieval", "t2i"]


class Ends(Strict):
    """Bins that are left out at the ends for one corpus."""

    drop_low: int = Field(ge=0)
    drop_high: int = Field(ge=0)


class Binning(Ends):
    """How concepts become bins; defaults are the paper's for CC-3M and CC-12M (see `jobs.analysis.protocol`)."""

    edges: int = Field(default=12, ge=3)
    drop_low: int = Field(default=1, ge=0)
    drop_high: int = Field(default=1, ge=0)
    zero_becomes: float = Field(default=1.0, gt=0)
    min_concepts_per_bin: int = Field(default=1, ge=1)
    empty: Literal["leave_out", "zero"] = "leave_out"
    weights: Literal["equal", "concepts"] = "equal"
    corpora: dict[str, Ends] = Field(default={}, description="corpora whose bins are left out differently")

    @model_validator(mode="after")
    def _leaves_three(self) -> Binning:
        for name, ends in {"default": self, **self.corpora}.items():
            if self.edges - ends.drop_low - ends.drop_high < 3:
                left_out = f"{ends.drop_low} low and {ends.drop_high} high bins"
                raise ValueError(f"{name}: {self.edges} edges without {left_out} leave fewer than 3")
        return self


class Bins(Strict):
    """The bins of each task."""

    classification: Binning = Binning()
    retrieval: Binning = Binning()
    t2i: Binning = Binning()


class CorpusPool(Strict):
    """What is fitted for one corpus: backbones, in the order of the figures, and the prompt of its figure."""

    models: list[str] | None = Field(default=None, description="default: every model that is there, by its own name")
    prompt: str | None = None


class TaskPool(Strict):
    """Which (set, concept) pairs are pooled for a task, and for which corpora."""

    sets: list[str] = Field(min_length=1)
    without: dict[str, list[str]] = Field(default={}, description="sets that a search (text, image ...) leaves out")
    uncounted: Literal["refuse", "leave_out"] = Field(
        default="refuse",
        description="a fit with concepts that were counted and have no score: refused, or without them",
    )
    min_scores: int = Field(default=1, ge=1, description="concepts with fewer scores are left out (T2I)")
    corpora: dict[str, CorpusPool] = Field(min_length=1)

    def sets_of(self, search: str) -> tuple[str, ...]:
        """The sets that are pooled for a search."""
        out = self.without.get(search, [])
        return tuple(name for name in self.sets if name not in out)


class Wag(Strict):
    """A set of rare classes, held against a set that models are usually judged by."""

    set: str
    against: str
    prompt: str
    split: float = Field(description="accuracy on `against`, in its unit, below and above which a line is fitted")


class Pools(Strict):
    """What of the published results goes together."""

    text_method: str = Field(description="the method of text search that is called `text`; others are `text-METHOD`")
    threshold: float = Field(description="image and integrated search of the figures")
    threshold_prompt: str = Field(description="prompt of the figure on thresholds")
    classification: TaskPool
    retrieval: TaskPool
    t2i: TaskPool
    let_it_wag: Wag

    def task(self, name: Task) -> TaskPool:
        """The pool of a task."""
        pool: TaskPool = getattr(self, name)
        return pool


class FitProtocol(Strict):
    """A named protocol. `first` is what is said first of a fit: r over its bins, or the unbinned slope."""

    name: str = Field(min_length=1, pattern=r"^[\w.-]+$")
    first: Literal["r", "slope"] = "r"
    bins: Bins = Bins()
    pools: Pools | str | None = Field(default=None, description="pools, or the protocol whose pools these are")

    def binning(self, task: Task, corpus: str) -> Protocol:
        """How a task of a corpus is binned."""
        bins: Binning = getattr(self.bins, task)
        ends = bins.corpora.get(corpus, bins)
        given = bins.model_dump(exclude={"corpora", "drop_low", "drop_high"})
        return Protocol(self.name, drop_low=ends.drop_low, drop_high=ends.drop_high, first=self.first, **given)

    def published(self) -> Pools:
        """The pools; SettingsError where there are none."""
        if isinstance(self.pools, str):
            return load_protocol(self.pools).published()
        if self.pools is None:
            raise SettingsError(
                f"protocol {self.name}: published results need `pools`, as conf/protocols/paper.yaml has"
            )
        return self.pools


def load_protocols(given: list[str | FitProtocol]) -> tuple[FitProtocol, ...]:
    """Protocols as settings name them, in order; SettingsError for one that cannot be read or comes twice."""
    loaded = tuple(load_protocol(item) if isinstance(item, str) else item for item in given)
    names = [protocol.name for protocol in loaded]
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"fit.protocols: the name '{name}' is used twice")
    return loaded


def load_protocol(named: str) -> FitProtocol:
    """The protocol of a file, or of conf/protocols/NAME.yaml where a name is given."""
    path = (
        Path(named)
        if named.endswith((".yaml", ".yml", ".json"))
        else conf_file(f"protocols/{named}.yaml", f"fit: {{protocols: [FOLDER/{named}.yaml]}}")
    )
    return read_section(FitProtocol, path, "fit.protocols")
