"""A protocol: how concepts become bins, and which of the bins count. The settings have a twin of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Protocol:
    """How concepts become bins, and which bins r includes. The defaults are the paper's for CC-3M and CC-12M."""

    name: str
    edges: int = 12
    """The number of equally spaced edges from lowest to highest ln(frequency); each is the upper edge of a bin."""
    drop_low: int = 1
    """Bins to leave out at the low end, counted by position, including empty ones."""
    drop_high: int = 1
    zero_becomes: float = 1.0
    """The least frequency: x is ln(max(frequency, zero_becomes))."""
    min_concepts_per_bin: int = 1
    """Bins with fewer concepts are left out."""
    empty: Literal["leave_out", "zero"] = "leave_out"
    """`zero`: an empty bin counts with mean 0 and is kept, regardless of `min_concepts_per_bin`."""
    weights: Literal["equal", "concepts"] = "equal"
    """Whether a bin weighs as one point or as much as its concepts."""
    first: Literal["r", "slope"] = "r"
    """Which is reported first: r over the bins, or the slope over the concepts. It changes no number."""

    def __post_init__(self) -> None:
        if self.edges < 3:
            raise ValueError(f"protocol {self.name}: {self.edges} edges give fewer than 3 bins")
        if min(self.drop_low, self.drop_high, self.min_concepts_per_bin) < 0:
            raise ValueError(f"protocol {self.name}: a number of bins or concepts is negative")
        if self.zero_becomes <= 0:
            raise ValueError(f"protocol {self.name}: zero_becomes must be above 0, it is {self.zero_becomes}")
