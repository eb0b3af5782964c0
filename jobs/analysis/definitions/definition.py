"""A definition of frequency as columns that predict a score: counted, or combined from several counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jobs.analysis.line import fit_line, log_frequency

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# A line through fewer concepts says nothing of others.
LEAST = 12


@dataclass(frozen=True)
class FrequencyDefinition:
    """A definition over n concepts: columns (k, n) in log10, and which concepts it has as 0 (n,)."""

    name: str
    columns: Floats
    zero: Mask


def counted(name: str, frequency: ArrayLike, zero_becomes: float = 1.0) -> FrequencyDefinition:
    """A frequency (n,) in samples, as log10."""
    return FrequencyDefinition(name, log_frequency(frequency, zero_becomes)[None], np.asarray(frequency) == 0)


def with_presence(name: str, text: ArrayLike, integrated: ArrayLike) -> FrequencyDefinition:
    """Text frequency (n,) and, as a column of its own, how often the image shows what the caption names."""
    among = np.asarray(text, np.float64)
    return FrequencyDefinition(name, np.stack([log_frequency(among, 1.0), _log_share(integrated, among)]), among == 0)


def with_both_shares(name: str, text: ArrayLike, image: ArrayLike, integrated: ArrayLike) -> FrequencyDefinition:
    """The same with P(text | image) as a third column: how often the caption names what the image shows."""
    by_text = with_presence(name, text, integrated)
    among = np.asarray(image, np.float64)
    return FrequencyDefinition(
        name, np.vstack([by_text.columns, _log_share(integrated, among)]), by_text.zero & (among == 0)
    )


def _log_share(integrated: ArrayLike, among: Floats) -> Floats:
    """log10 of (integrated + 1/2) / (among + 1), each (n,).

    A half is added to what was found, and a half to what was not (Haldane 1955, Anscombe 1956), so that it is defined
    at 0 of 0.
    """
    # Some published counts of both searches are above those of one.
    share: Floats = np.log10(np.minimum((np.asarray(integrated, np.float64) + 0.5) / (among + 1.0), 1.0))
    return share


def zeros_mended(name: str, text: ArrayLike, image: ArrayLike) -> FrequencyDefinition:
    """Text frequency (n,) whose zeros are what image frequency (n,) leads to expect."""
    by_text, by_image = counted(name, text), counted(name, image)
    mended = _mended(by_text.columns[0], by_text.zero, by_image.columns[0], ~by_image.zero)
    return FrequencyDefinition(name, mended[None], by_text.zero & by_image.zero)


def _mended(values: Floats, wrong: Mask, by: Floats, known: Mask) -> Floats:
    """Values (n,) whose `wrong` ones are those of a line on `by` (n,) where `by` is known; others stay as they are."""
    good = ~wrong & known
    if good.sum() < LEAST or np.ptp(by[good]) == 0:
        return values
    line = fit_line(by[good], values[good])
    mended: Floats = np.where(wrong & known, line.intercept + line.slope * by, values)
    return mended
