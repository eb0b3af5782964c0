"""The libraries that a page carries for the browser: DataTables for its table, Vega-Lite for its charts.

Two packages of PyPI bring them (extra `report`): itables has DataTables as one module, and vl-convert-python bundles
Vega, Vega-Lite and vega-embed. A page without them has figures that do not move.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

# DataTables' bundle is a module; inside a page nobody can import from it, so its default export becomes a global name.
_DEFAULT_EXPORT = re.compile(r"export\s*\{[^}]*?([\w$]+) as default\b")


@dataclass(frozen=True)
class BrowserLibraries:
    """The texts of two scripts, which set the globals `DataTable` and `vegaEmbed`."""

    table: str
    charts: str


@lru_cache(maxsize=1)
def browser_libraries() -> BrowserLibraries | None:
    """The libraries, or None if a package is not installed."""
    # Importing itables would import pandas and IPython: only its file is wanted.
    tables, charts = find_spec("itables"), chart_library()
    if tables is None or tables.origin is None or charts is None:
        return None
    table = Path(tables.origin).with_name("html").joinpath("dt_bundle.js").read_text("utf-8")
    return BrowserLibraries(_with_global(table), charts)


@lru_cache(maxsize=1)
def chart_library() -> str | None:
    """The charts' script, or None if vl-convert is not installed. Bundling it takes seconds, once a process."""
    if find_spec("vl_convert") is None:
        return None
    import vl_convert

    bundle: str = vl_convert.javascript_bundle("globalThis.vegaEmbed = vegaEmbed;")
    return bundle


def _with_global(module: str) -> str:
    found = _DEFAULT_EXPORT.search(module)
    if found is None:
        raise ValueError("the module of itables exports no default: conceptfreq was tested with itables 2.9")
    return f"{module}\nglobalThis.DataTable = {found[1]};\n"
