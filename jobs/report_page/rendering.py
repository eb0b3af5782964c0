"""The report as one HTML page without other files: plain values in, text out, no clock, no network.

The template escapes all text from a corpus or a concept list; inside figures the SVG writer does, and inside the block
of numbers `embedded`. The same `ReportData` gives the same page, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from jobs.analysis.correlation import adjusted
from jobs.analysis.instruments import ASSUMPTION
from jobs.analysis.tail import RARE
from jobs.analysis.verdict import verdict
from jobs.figures.readable import readable, shortened
from jobs.report_page import formatting
from jobs.report_page.browser_libraries import BrowserLibraries, browser_libraries
from jobs.report_page.content_policy import STYLES_OF_FIGURES, policy, script_text, source
from jobs.report_page.corpus_tables import trait_tables
from jobs.report_page.data import ReportData, SearchCounts
from jobs.report_page.embedded import embedded
from jobs.report_page.pictures import INSIDE, Pictures
from jobs.report_page.shown_concepts import shown_concepts
from jobs.report_page.similarity_table import slope_rows
from jobs.report_page.summary import summary
from jobs.report_page.tail_tables import across_table, tail_table
from jobs.results.fits.compared_forms import forms_of
from jobs.results.fits.fitted import Fitted
from jobs.results.fits.joint_searches import joint_of_pairs

EXCERPT = 160
# Pixels of the longer side of a sample's picture: a photo takes 6 KB of the page.
SIDE = 160
# A figure with 4,500 concepts takes 0.6 MB, and comparing forms seconds: further fits appear only in the table.
DRAWN = 12
# Tables of up to this many rows are open.
FEW = 8
# The scripts of a page that answers share one scope, in this order; a page without libraries has one for its figures.
SCRIPTS = (
    "elements", "numbers", "theme", "navigation", "drawing", "charts", "law", "law_layers", "card", "card_parts",
    "card_samples", "concepts", "start",
)  # fmt: skip
STILL = ("figures",)
FILTERS = (
    formatting.number,
    formatting.size,
    formatting.duration,
    formatting.rate,
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


def render(data: ReportData, pictures: Pictures | None = None) -> str:
    """The page as text, to be written as UTF-8. pictures: the images of `data.strips`."""
    pictures = pictures or {}
    libraries = browser_libraries() if any(counts.concepts for counts in data.searches) else None
    # Protocols share their concepts: values without bins are printed once, and drawn once.
    pools = [fit for fit in data.fits if fit.law.protocol.name == data.fits[0].law.protocol.name]
    shown = shown_concepts(data.searches, data.fits)
    tails, comparisons = tail_table(data.searches), [] if libraries else _comparisons(data.searches)
    has_pairs = bool(libraries and len(tails) > 1 or comparisons or data.misaligned)
    style, scripts = template("report.css"), list(_scripts(libraries))
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            data=data,
            policy=policy(
                scripts,
                source(style) if libraries else STYLES_OF_FIGURES,
                INSIDE if libraries and any(isinstance(one, bytes) for one in pictures.values()) else None,
            ),
            style=Markup(style),
            scripts=[Markup(script) for script in scripts],
            interactive=libraries is not None,
            sections=list(_sections(data, bool(tails), has_pairs)),
            summary=summary(data, pools),
            numbers=Markup(embedded(data, shown, pictures)) if libraries else "",
            shown=shown,
            traits=[(one, list(trait_tables(one))) for one in data.traits if one.value_counts or one.unknown],
            meanings=formatting.MEANINGS,
            headline=_headline(data.searches),
            rare=RARE,
            tails=tails,
            across=across_table(data.searches),
            has_pairs=has_pairs,
            comparisons=comparisons,
            few=FEW,
            pools=pools,
            laws=[(fit, None if libraries else _law(fit)) for fit in pools[:DRAWN]],
            forms=list(forms_of(fit.item for fit in pools[:DRAWN])),
            joint=list(joint_of_pairs([fit.item for fit in pools])),
            assumption=ASSUMPTION,
            slopes_beside=slope_rows,
            adjusted=adjusted([fit.law.p for fit in pools]),
        )
    )


def _scripts(libraries: BrowserLibraries | None) -> Iterator[str]:
    """The scripts of the page in their order, each as it stands in its element."""
    if libraries:
        yield from map(script_text, (libraries.table, libraries.charts))
    yield script_text("\n".join(template(f"{name}.js") for name in (SCRIPTS if libraries else STILL)))


def _headline(searches: Sequence[SearchCounts]) -> list[SearchCounts]:
    """The first count by text, by images and by both."""
    first: dict[str, SearchCounts] = {}
    for counts in searches:
        first.setdefault(counts.search, counts)
    return list(first.values())


def _sections(data: ReportData, has_tails: bool, has_pairs: bool) -> Iterator[tuple[str, str]]:
    """The id and the short title of each section of the page."""
    yield "summary", "Summary"
    if data.searches:
        yield "concepts", "Concepts"
        if has_tails:
            yield "ranks", "Long tail"
        if has_pairs:
            yield "pairs", "Two counts"
    yield "law", "The law"
    yield "read", "Corpora"
    if data.provenance:
        yield "origin", "Origin"


def environment() -> Environment:
    """The templates of this package: all text is escaped, and a name that is not given is an error."""
    environment = Environment(
        loader=FunctionLoader(template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for function in FILTERS:
        environment.filters[function.__name__] = function
    environment.filters["shown"] = lambda text: readable(str(text))
    environment.filters["excerpt"] = lambda text: shortened(readable(str(text)), EXCERPT)
    environment.filters["coded"] = _coded
    environment.globals["share"] = formatting.share
    environment.globals["verdict"] = verdict
    return environment


def _coded(text: str) -> Markup:
    """Text as it is shown, with what stands between backticks as code."""
    parts = enumerate(readable(text).split("`"))
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in parts)


def template(name: str) -> str:
    """The text of a template, a style sheet or a script of this package."""
    # importlib.resources is used because the packages may lie in a zip.
    return resources.files("jobs.report_page").joinpath("templates", name).read_text("utf-8").rstrip("\n")


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
