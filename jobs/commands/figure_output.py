"""Writes the figure that an option `--figure` names: SVG or PNG, by its ending. matplotlib is imported late."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.commands.row_output import check_output
from jobs.errors import SettingsError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def check_figure(path: str) -> None:
    """Raise SettingsError if no such figure can be written, and make its folder: for commands that work before."""
    if Path(path).suffix not in (".svg", ".png"):
        raise SettingsError(f"--figure {path}: expected a name that ends in .svg or .png")
    if find_spec("matplotlib") is None:
        raise SettingsError("--figure needs matplotlib: install the extra `tracking`, or matplotlib alone")
    check_output(Path(path).suffix, path)


def write_figure(figure: Figure, path: str, title: str) -> None:
    """Write a figure to a path that `check_figure` has allowed; `title` names it to screen readers."""
    from jobs.figures.svg import svg_with_titles

    if path.endswith(".svg"):
        Path(path).write_text(svg_with_titles(figure, {}, title), encoding="utf-8")
    else:
        figure.savefig(path)
