"""The form of the law and two searches at once, over published results: computed, and as sections of the document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from jobs.analysis.estimate import Estimate
from jobs.analysis.forms.compared import FittedForm, Forms
from jobs.analysis.forms.comparison import compare_forms
from jobs.analysis.forms.rows import Value, form_rows
from jobs.analysis.instruments import ASSUMPTION
from jobs.analysis.joint import Joint, OfSearch, joint_of_answered
from jobs.markdown_table import markdown_table
from jobs.reproduction.fits import PoolFit

ABOUT_FORMS = """\
Each form has a level of its own for each set. The weight is Akaike's. Errors are the roots of mean squares, for
concepts and for whole sets that the fit has not seen. A form is told apart from the best one only if AIC and what was
held out agree ([the law](law.md)). Below each other: linear, logistic, power, hinge."""
ABOUT_JOINT = """\
Points per decade of frequency by each search, with a level for each set and intervals over sets: alone, given the other
search, and with the other search as instrument for the errors of the frequency.
"""


@dataclass(frozen=True)
class FormsOfPool:
    """The forms over the concepts of a published fit."""

    fit: PoolFit
    forms: Forms

    @property
    def rows(self) -> Iterator[dict[str, Value]]:
        """A row for each form."""
        return form_rows(self.forms)


@dataclass(frozen=True)
class JointOfPools:
    """Both searches over the concepts of two published fits; `fit` is that of image search."""

    fit: PoolFit
    joint: Joint

    @property
    def rows(self) -> Iterator[dict[str, Value]]:
        """A row for each of the two searches."""
        return self.joint.rows


def forms_of_pools(fits: Iterable[PoolFit]) -> Iterator[FormsOfPool]:
    """The forms over each fit's pool, without those that cannot be compared."""
    for fit in fits:
        pool = fit.pool
        try:
            forms = compare_forms(pool.names, pool.set_of, pool.frequency, pool.score, fit.law.protocol.zero_becomes)
        except ValueError:
            continue
        yield FormsOfPool(fit, forms)


def joint_of_pools(fits: Iterable[PoolFit]) -> Iterator[JointOfPools]:
    """Both searches wherever a fit by text and one by image share corpus, model and measure."""
    by_text = {_but_search(fit): fit for fit in fits if fit.pool.key.search.name == "text"}
    for image in (fit for fit in fits if fit.pool.key.search.name == "image"):
        text = by_text.get(_but_search(image))
        if text is not None and (joint := _joint(text, image)):
            yield JointOfPools(image, joint)


def forms_section(found: Sequence[FormsOfPool]) -> Iterator[str]:
    """The section on forms, if there are any."""
    if not found:
        return
    yield "### Forms of the law"
    yield ABOUT_FORMS
    yield markdown_table(
        ("fit", "AIC above the best", "weight", "off for concepts", "off for sets", "verdict"),
        [
            (
                _named(one.fit),
                *(" / ".join(shown(form) for form in one.forms.fitted) for shown in _shown(one.forms)),
                one.forms.verdict,
            )
            for one in found
        ],
    )


def joint_section(found: Sequence[JointOfPools]) -> Iterator[str]:
    """The section on two searches at once, if there are any."""
    if not found:
        return
    yield "### Two searches at once"
    yield f"{ABOUT_JOINT}{ASSUMPTION}"
    yield markdown_table(
        ("fit", "search", "alone", "given the other", "partial R²", "instrumented", "r of both", "concepts"),
        [
            (_named(one.fit, search=False), name, *_told(of), f"{one.joint.correlation:.2f}", f"{one.joint.concepts:,}")
            for one in found
            for name, of in (("text", one.joint.text), ("image", one.joint.image))
        ],
    )


def _but_search(fit: PoolFit) -> tuple[object, ...]:
    key = fit.pool.key
    return key.search.corpus, key.measure, key.model


def _joint(text: PoolFit, image: PoolFit) -> Joint | None:
    of_text, pool = text.pool, image.pool
    by_text = dict(zip(zip(of_text.set_of, of_text.names, strict=True), of_text.frequency.tolist(), strict=True))
    least = image.law.protocol.zero_becomes
    try:
        return joint_of_answered(by_text, pool.names, pool.set_of, pool.frequency, pool.score, least)
    except ValueError:
        return None


def _named(fit: PoolFit, search: bool = True) -> str:
    key = fit.pool.key
    return ", ".join((key.search.corpus, *((key.search.name,) if search else ()), key.measure.prompt, key.model))


def _shown(forms: Forms) -> tuple[Callable[[FittedForm], str], ...]:
    least = forms.best.aicc
    return (
        lambda form: f"{form.aicc - least:.1f}",
        lambda form: f"{form.weight:.2f}",
        lambda form: f"{form.off_concepts:.2f}",
        lambda form: "–" if form.off_sets is None else f"{form.off_sets:.2f}",
    )


def _told(of: OfSearch) -> tuple[str, ...]:
    by_other = of.instrumented
    slope = f"– ({by_other.refusal})" if by_other.slope is None else _slope(by_other.slope)
    return _slope(of.alone), _slope(of.given_other), f"{of.partial_r2:.1%}", slope


def _slope(found: Estimate) -> str:
    return found.in_brackets(2)
