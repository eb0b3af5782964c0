"""Numbers and statuses in the form that readers expect."""

from __future__ import annotations

from collections.abc import Mapping

from jobs.analysis.estimate import Estimate
from jobs.analysis.search_words import above
from jobs.results.fits.fitted import FitInput
from udfs import statuses

MEANINGS: Mapping[str, str] = {
    statuses.OK: "usable",
    statuses.NO_CAPTION: "there is no caption",
    statuses.EMPTY_CAPTION: "the caption is empty or white space",
    statuses.CAPTION_CUT: "the caption is longer than the limit; only the part up to there is searched",
    statuses.NO_IMAGE: "there is no image",
    statuses.EMPTY_IMAGE: "the image has no bytes",
    statuses.NOT_AN_IMAGE: "the bytes are not an image",
    statuses.TOO_LARGE: "the image is larger than the limits",
    statuses.TRUNCATED_IMAGE: "the image ends early",
    statuses.DECODE_ERROR: "the image cannot be decoded",
    statuses.TIMEOUT: "its decoding does not end",
    statuses.DUPLICATE_KEY: "an earlier sample of the shard has the same key",
    statuses.BAD_MEMBER: "a member or line of the shard that is no sample",
    statuses.TRUNCATED_SHARD: "the shard ends early; what came before is kept",
    statuses.BAD_SHARD: "the shard cannot be read as its format",
    statuses.FETCH_ERROR: "it could not be fetched",
    statuses.POISON: "it crashes its decoder",
}


def number(value: int) -> str:
    """1,234,567."""
    return f"{value:,}"


def share(part: float, whole: float) -> str:
    """A percentage with one decimal. A part above zero is never written as 0, and less than all never as 100."""
    if not whole:
        return "–"
    percent = 100 * part / whole
    if 0 < percent < 0.1:
        return "< 0.1 %"
    if 99.9 < percent < 100:
        return "> 99.9 %"
    return f"{percent:.1f} %"


def percent(value: float | None) -> str:
    """A share from 0 to 1 as a percentage, or a dash if it cannot be computed."""
    return "–" if value is None else share(value, 1)


def size(value: int) -> str:
    """Bytes in the binary unit that leaves one to four digits before the point."""
    amount, units = float(value), iter(("B", "KiB", "MiB", "GiB", "TiB"))
    unit = next(units)
    while amount >= 1024 and unit != "TiB":
        amount, unit = amount / 1024, next(units)
    return f"{amount:,.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"


def duration(seconds: float) -> str:
    """0.4 s, 12 s, 34 min or 5.6 h: seconds in the unit that leaves one to four digits."""
    if seconds < 120:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:,.0f} min" if seconds < 7_200 else f"{seconds / 3600:,.1f} h"


def rate(value: float) -> str:
    """Three significant digits, or whole ones from 100 on."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def correlation(value: float | None) -> str:
    """Three decimals, or a dash if the value cannot be computed."""
    return "–" if value is None else f"{value:.3f}"


def significant(value: float | None) -> str:
    """Three significant digits, or a dash if the value cannot be computed."""
    return "–" if value is None else f"{value:.3g}"


def interval(found: Estimate | None) -> str:
    """The ends of an estimate's interval, or a dash if the data are too few for one."""
    return "–" if found is None or found.low is None else f"{found.low:.3g} to {found.high:.3g}"


def probability(value: float | None) -> str:
    """A p-value in the usual notation, or a dash if there is none."""
    if value is None:
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def fit_title(item: FitInput) -> str:
    """The counts and the performance of a fit, on one line."""
    prompt = f", {item.prompt} prompts" if item.prompt else f", {item.metric}"
    return f"{item.corpus}, {above(f'{item.search} search', item.threshold)}: {item.model}{prompt}"
