"""Text and image search at once, for each corpus, threshold, model, prompt and metric under the first protocol."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from jobs.analysis.joint import Joint, joint_of_answered
from jobs.core.context import Context
from jobs.errors import ConceptfreqError
from jobs.results.fits.fit_columns import FIT
from jobs.results.fits.fit_inputs import fit_inputs, under_first_protocol
from jobs.results.fits.fitted import FitInput

log = logging.getLogger(__name__)

# Both searches have the other columns in common.
PAIR = FIT.remove(FIT.get_field_index("search"))
JOINT_ROWS = pa.schema(
    [
        *PAIR,
        ("concepts", pa.int64()),
        ("sets", pa.int64()),
        ("correlation", pa.float64()),
        ("of", pa.string()),
        ("alone", pa.float64()),
        ("alone_low", pa.float64()),
        ("alone_high", pa.float64()),
        ("given_other", pa.float64()),
        ("given_other_low", pa.float64()),
        ("given_other_high", pa.float64()),
        ("partial_r2", pa.float64()),
        ("instrumented", pa.float64()),
        ("instrumented_low", pa.float64()),
        ("instrumented_high", pa.float64()),
        ("first_stage", pa.float64()),
        ("note", pa.string()),
    ]
)


@dataclass(frozen=True)
class JointOfFits:
    """Both searches over the concepts of two fits; `item` is that of image search."""

    item: FitInput
    joint: Joint

    @property
    def title(self) -> str:
        """Corpus, threshold, model and prompt in words."""
        return f"{self.item.corpus}, text and {self.item.title.partition(', ')[2]}"

    @property
    def rows(self) -> Iterator[dict[str, object]]:
        """Rows in the columns of JOINT_ROWS."""
        key = {name: getattr(self.item, name) for name in PAIR.names}
        return ({**key, **row} for row in self.joint.rows)

    def __str__(self) -> str:
        return f"{self.title}: {self.joint.verdict}"


def joint_of_pairs(items: Sequence[FitInput], refused: list[str] | None = None) -> Iterator[JointOfFits]:
    """Each pair of searches at once; those that cannot be fitted together are left out, and added to `refused`."""
    for text, image in pairs_of_searches(items):
        try:
            yield JointOfFits(image, joint_of(text, image))
        except ValueError as refusal:
            if refused is not None:
                refused.append(f"{image.title}: {refusal}")


def joint_searches(context: Context) -> list[JointOfFits]:
    """Every pair of a text and an image search that the settings ask for; refusals are logged with their reason.

    Raises SettingsError without the section `fit`, ConceptfreqError if there are none.
    """
    refused: list[str] = []
    found = list(joint_of_pairs(under_first_protocol(fit_inputs(context, context.settings.corpora)), refused))
    for one in refused:
        log.warning("%s", one)
    if not found:
        why = refused[-1] if refused else "there are no fits of both a text and an image search"
        raise ConceptfreqError(f"{context.settings.name}: no two searches to fit at once: {why}")
    return found


def pairs_of_searches(items: Sequence[FitInput]) -> Iterator[tuple[FitInput, FitInput]]:
    """The inputs by text with those by image of the same corpus, model, prompt and metric, at each threshold."""
    by_text = {(one.corpus, one.model, one.prompt, one.metric): one for one in items if one.search == "text"}
    for image in (one for one in items if one.search == "image"):
        text = by_text.get((image.corpus, image.model, image.prompt, image.metric))
        if text is not None:
            yield text, image


def joint_of(text: FitInput, image: FitInput) -> Joint:
    """Both searches over the concepts that both can answer. Raises ValueError with the reason if there is no fit."""
    by_text = dict(zip(zip(text.set_of, text.names, strict=True), text.frequency, strict=True))
    least = image.protocol.zero_becomes
    return joint_of_answered(by_text, image.names, image.set_of, image.frequency, image.score, least)
