"""A seal at the end of a page: what the page was made from, so that an unchanged one is not rendered again.

Drawing a page's figures takes seconds, and comparing its data takes none. The seal covers the data, the code that
renders it and the page itself, so that a page that was cut or edited is made anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from typing import Final

from jobs.report_page.data import ReportData

# The packages and libraries that decide the text of a page with the same data.
_PACKAGES: Final = ("jobs.analysis", "jobs.figures", "jobs.report_page")
_LIBRARIES: Final = ("itables", "jinja2", "matplotlib", "numpy", "scipy", "vl-convert-python")


def sealed(page: str, data: ReportData) -> str:
    """The page with its seal, an HTML comment in a line of its own."""
    return f"{page}\n{_seal(page, data)}"


def unsealed(page: str) -> str:
    """The page without its seal, if it has one."""
    body, found, _ = page.rpartition("\n<!-- made from ")
    return body if found else page


def is_current(page: str, data: ReportData) -> bool:
    """Whether this page was made from the same data by the same code, and has not been changed since."""
    return page == sealed(unsealed(page), data)


def _seal(page: str, data: ReportData) -> str:
    made_from = hashlib.sha256(repr(data).encode("utf-8", "surrogatepass"))
    for library in _LIBRARIES:
        # matplotlib may be absent, and so may what the browser needs.
        with suppress(metadata.PackageNotFoundError):
            made_from.update(f"{library} {metadata.version(library)}".encode())
    for package in _PACKAGES:
        for file in _files(resources.files(package)):
            made_from.update(file.read_bytes())
    return f"<!-- made from {made_from.hexdigest()}, text {hashlib.sha256(page.encode()).hexdigest()} -->\n"


def _files(folder: Traversable) -> Iterator[Traversable]:
    for one in sorted(folder.iterdir(), key=lambda one: one.name):
        if one.is_file():
            yield one
        elif one.name != "__pycache__":
            yield from _files(one)
