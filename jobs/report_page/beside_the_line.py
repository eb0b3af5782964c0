"""What the page says beside the line of each fit: other forms of the law, and two searches at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jobs.results.compared_forms import FormsOfFit
from jobs.results.fitted import FitInput
from jobs.results.joint_searches import JointOfFits, joint_of, pairs_of_searches


def forms_of(items: Sequence[FitInput]) -> list[FormsOfFit]:
    """The forms of each fit, without those that cannot be compared."""
    return list(_forms(items))


def joint_of_pairs(items: Sequence[FitInput]) -> list[JointOfFits]:
    """Each text and image search of one corpus and model at once, without those that cannot be fitted together."""
    return list(_joint(items))


def _forms(items: Sequence[FitInput]) -> Iterator[FormsOfFit]:
    for item in items:
        try:
            yield FormsOfFit(item, item.forms())
        except ValueError:
            # Too few concepts, or one frequency in each set.
            continue


def _joint(items: Sequence[FitInput]) -> Iterator[JointOfFits]:
    for text, image in pairs_of_searches(items):
        try:
            yield JointOfFits(image, joint_of(text, image))
        except ValueError:
            continue
