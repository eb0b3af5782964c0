"""The forms of one pool as a result: which fits best, which others the data do not tell from it, and the knot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jobs.analysis.estimate import Estimate
from jobs.analysis.forms.knot import Knot
from jobs.analysis.forms.shapes import Form

Floats = NDArray[np.float64]

# The difference of AIC from which a form has much less support (Burnham and Anderson 2002).
TOLD_APART = 2.0
# The p value of a change of the slope below which a knot may be named.
SUPPORTED = 0.05


@dataclass(frozen=True)
class FittedForm:
    """One form over all concepts, and how far it is off for those held out (root of the mean square, in scores)."""

    form: Form
    shape: tuple[float, ...]
    coefficients: tuple[float, ...]
    aicc: float
    weight: float
    """Of Akaike: its share of exp(-AIC / 2) among the four."""
    off_concepts: float
    off_sets: float | None
    """None if there is one set."""
    further_off: Estimate | None
    """Its mean square for held-out sets (concepts, if there is one set) less that of the best form, which has None."""

    def curve(self, x: Floats) -> Floats:
        """The score at x (n,) = log10(frequency), less the level of a set."""
        columns = np.vstack(self.form.columns(np.array([self.shape]), x))
        found: Floats = np.asarray(self.coefficients) @ columns
        return found


@dataclass(frozen=True)
class Forms:
    """The four forms of one pool, in the order of `FORMS`."""

    fitted: tuple[FittedForm, ...]
    concepts: int
    sets: int
    p_of_change: float | None
    """Of the hinge against the line; None if there are too few sets, or concepts, to tell."""
    knot: Knot | None
    """Of the hinge; None unless it is supported."""

    @property
    def best(self) -> FittedForm:
        """The form with the lowest AIC."""
        return min(self.fitted, key=lambda one: one.aicc)

    @property
    def rivals(self) -> tuple[FittedForm, ...]:
        """The forms that the data do not tell from the best one."""
        return tuple(one for one in self.fitted if one is not self.best and not self.tells_apart(one))

    def tells_apart(self, one: FittedForm) -> bool:
        """Whether this form is worse than the best one by AIC and by what was held out."""
        further = one.further_off
        held_out = further is not None and further.low is not None and further.low > 0
        return held_out and one.aicc - self.best.aicc >= TOLD_APART

    @property
    def verdict(self) -> str:
        """One sentence on the forms, and one on the knot."""
        best, rivals = self.best, self.rivals
        if not rivals:
            first = f"The {best.form.name} form fits best, by AIC and by what was held out."
        elif len(rivals) == len(self.fitted) - 1:
            first = f"The data do not tell the forms apart ({best.form.name} has the lowest AIC)."
        else:
            named = " and ".join(one.form.name for one in rivals)
            first = f"The data do not tell {best.form.name} (the lowest AIC) from {named}; the others fit worse."
        return f"{first} {self._of_knot}"

    @property
    def _of_knot(self) -> str:
        if self.p_of_change is None:
            return "Too few sets, or concepts of one set, to say whether the slope changes."
        if self.p_of_change >= SUPPORTED:
            return f"Nothing says that the slope changes (p {self.p_of_change:.2g})."
        if self.knot is None:
            return f"The slope changes (p {self.p_of_change:.2g}), but another form describes that better than a knot."
        near = round(10**self.knot.at)
        return f"The slope changes near {near:,} {'sample' if near == 1 else 'samples'} (p {self.p_of_change:.2g})."
