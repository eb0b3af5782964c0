"""The report as one HTML page without other files: plain values in, text out, no clock, no network.

The template escapes all text from a corpus or a concept list; inside figures the SVG writer does. The same `ReportData`
gives the same page, byte for byte.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from jobs.analysis.correlation import adjusted
from jobs.analysis.instruments import ASSUMPTION
from jobs.analysis.tail import RARE
from jobs.analysis.verdict import verdict
from jobs.figures.readable import readable, shortened
from jobs.report_page import formatting
from jobs.report_page.data import LISTED, ReportData, SearchCounts
from jobs.report_page.tail_tables import across_table, tail_table
from jobs.results.fits.compared_forms import forms_of
from jobs.results.fits.fitted import Fitted
from jobs.results.fits.joint_searches import joint_of_pairs

EXCERPT = 160
# A figure with 4,500 concepts takes 0.6 MB: further fits appear only in the table.
DRAWN = 12
HEADLINES = 3
FILTERS = (
    formatting.number,
    formatting.size,
    formatting.percent,
    formatting.correlation,
    formatting.significant,
    formatting.interval,
    formatting.probability,
    formatting.fit_title,
)


@dataclass(frozen=True)
class Drawing:
    """A figure in the page, with its title."""

    title: str
    svg: Markup


def render(data: ReportData) -> str:
    """The page as text, to be written as UTF-8."""
    # Protocols share their concepts: values without bins are printed once, and drawn once.
    pools = [fit for fit in data.fits if fit.law.protocol.name == data.fits[0].law.protocol.name]
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            data=data,
            meanings=formatting.MEANINGS,
            listed=LISTED,
            headline=data.searches[:HEADLINES],
            rare=RARE,
            tails=tail_table(data.searches),
            across=across_table(data.searches),
            comparisons=_comparisons(data.searches),
            pools=pools,
            laws=[(fit, _law(fit)) for fit in pools[:DRAWN]],
            forms=list(forms_of(fit.item for fit in pools[:DRAWN])),
            joint=list(joint_of_pairs([fit.item for fit in pools])),
            assumption=ASSUMPTION,
            adjusted=adjusted([fit.law.p for fit in pools]),
            script_hash=_hash(_template("report.js")),
        )
    )


def environment() -> Environment:
    """The templates of this package: all text is escaped, and a name that is not given is an error."""
    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for function in FILTERS:
        environment.filters[function.__name__] = function
    environment.filters["shown"] = lambda text: readable(str(text))
    environment.filters["excerpt"] = lambda text: shortened(readable(str(text)), EXCERPT)
    environment.globals["share"] = formatting.share
    environment.globals["verdict"] = verdict
    return environment


def _template(name: str) -> str:
    # importlib.resources is used because the packages may lie in a zip.
    return resources.files("jobs.report_page").joinpath("templates", name).read_text("utf-8").rstrip("\n")


def _hash(script: str) -> str:
    """The hash by which the page's content security policy admits this script and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _law(fit: Fitted) -> Drawing:
    # matplotlib takes most of a second to import, and a page without figures needs none.
    from jobs.figures.one_law import law_svg

    item, title = fit.item, formatting.fit_title(fit.item)
    svg = law_svg(item.names, item.frequency, item.score, fit.law, fit.pooled, title, item.metric_title)
    return Drawing(title, Markup(svg))


def _comparisons(searches: Sequence[SearchCounts]) -> list[Drawing]:
    """Text against image frequency per corpus, at the highest threshold, over concepts that both can answer."""
    drawings = []
    for text in (counts for counts in searches if counts.search == "text"):
        image = max(
            (counts for counts in searches if counts.search == "image" and counts.corpus == text.corpus),
            key=lambda counts: counts.threshold or 0.0,
            default=None,
        )
        drawing = image and _comparison(text, dict(image.ranked), image.label)
        if drawing:
            drawings.append(drawing)
    return drawings


def _comparison(text: SearchCounts, in_image: Mapping[str, int], label: str) -> Drawing | None:
    from jobs.figures.text_and_image import frequency_svg

    both = [(name, frequency, in_image[name]) for name, frequency in text.ranked if name in in_image]
    if not both:
        return None
    names, by_text, by_image = zip(*both, strict=True)
    title = f"{text.corpus}: text search against {label}"
    return Drawing(title, Markup(frequency_svg(names, by_text, by_image, title)))
