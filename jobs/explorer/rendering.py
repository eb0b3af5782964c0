"""Pages as HTML: the templates of the explorer, with those styles and scripts of the report that both share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import Any, Final, NamedTuple

from jinja2 import ChoiceLoader, Environment, FunctionLoader

from jobs.analysis.search_words import above
from jobs.explorer.asked import link
from jobs.explorer.page_values import Page
from jobs.report_page import rendering
from jobs.report_page.browser_libraries import chart_library

# Each served file with its type and the parts that it is made of: of the report (jobs/report_page/templates) or own.
STYLES: Final = ("report.css", "explorer.css")
SCRIPTS: Final = ("elements.js", "theme.js", "drawing.js", "law_layers.js", "charts_of_page.js", "parts.js",
                  "selection.js", "begin.js")  # fmt: skip


class Asset(NamedTuple):
    """A file that pages ask for; its content never changes under its name and tag."""

    media_type: str
    content: bytes


def _template(name: str) -> str | None:
    file = resources.files("jobs.explorer").joinpath("templates", name)
    return file.read_text("utf-8").rstrip("\n") if file.is_file() else None


@cache
def _text(name: str) -> str:
    return _template(name) or rendering.template(name)


def _joined(names: tuple[str, ...]) -> str:
    return "\n".join(map(_text, names)) + "\n"


ASSETS: Final[Mapping[str, tuple[str, Callable[[], str | None]]]] = {
    "explorer.css": ("text/css", lambda: _joined(STYLES)),
    "explorer.js": ("text/javascript", lambda: _joined(SCRIPTS)),
    "icon.svg": ("image/svg+xml", lambda: _text("icon.svg")),
    "charts.js": ("text/javascript", chart_library),
}


@cache
def asset(name: str) -> Asset | None:
    """A served file; None if there is none of this name, or its package is not installed. Charts take seconds once."""
    media_type, make = ASSETS.get(name, ("", lambda: None))
    text = make()
    return None if text is None else Asset(media_type, text.encode())


@cache
def _address(name: str) -> str:
    """The address of a small asset: another one after each change, so that a browser may keep it for ever."""
    found = asset(name)
    assert found is not None
    return f"/assets/{name}?{hashlib.sha256(found.content).hexdigest()[:12]}"


@cache
def environment() -> Environment:
    """The report's environment, whose templates are found after our own."""
    made = rendering.environment()
    assert made.loader is not None
    made.loader = ChoiceLoader([FunctionLoader(_template), made.loader])
    made.globals.update(address=_address, link=link, above=above)
    made.globals["the"] = made.get_template("macros.html.j2").module
    return made


def render(page: Page, shared: Mapping[str, Any]) -> str:
    """A page as text. shared: what all pages have: `title`, `images`, `is_part`, and `typed`, what is in the search."""
    return environment().get_template(page.template).render({**shared, **page.values})
