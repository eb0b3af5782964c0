"""Writes a figure as SVG for an HTML page: small, deterministic, with unique ids, and with a title for each dot."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

import matplotlib
from matplotlib.figure import Figure

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

MATPLOTLIB_FONTS = re.compile(r"'DejaVu Sans'(?:, (?:'[^']*'|[\w-]+))*")


def svg_with_titles(figure: Figure, titles: Mapping[str, Sequence[str]], label: str) -> str:
    """The figure as an SVG element; `titles` gives, per gid of a scatter, the text of each of its dots.

    The texts become <title> elements, which browsers show on hover and screen readers read aloud; `label` names the
    figure. Raises ValueError if a gid is absent, or if its dots and texts differ in number.
    """
    root = ElementTree.fromstring(_drawn(figure))
    for gid, words in titles.items():
        _entitle(root, gid, words)
    _strip(root)
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    root.set("role", "img")
    root.set("aria-label", label)
    root.set("font-family", FONTS)
    root.set("stroke-linejoin", "round")
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    return ElementTree.tostring(root, encoding="unicode")


def _drawn(figure: Figure) -> str:
    # Text stays text: readers can select it, and their own fonts have the letters of any script.
    # A fixed salt and no date make the output of a figure the same every time.
    with (
        matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "conceptfreq"}),
        warnings.catch_warnings(),
    ):
        # The browser's fonts draw a letter that matplotlib's font lacks.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        target = io.StringIO()
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    return target.getvalue()


def _entitle(root: ElementTree.Element, gid: str, words: Sequence[str]) -> None:
    group = next((element for element in root.iter() if element.get("id") == gid), None)
    if group is None:
        raise ValueError(f"the figure has no element {gid!r}")
    dots = list(group.iter(f"{{{SVG}}}use"))
    if len(dots) != len(words):
        raise ValueError(f"{gid!r} has {len(dots)} dots in the figure and {len(words)} titles")
    group.set("class", "dots")
    if dots:
        group.set("style", dots[0].get("style", ""))
    for dot, text in zip(dots, words, strict=True):
        dot.attrib.pop("style", None)
        for axis in ("x", "y"):
            dot.set(axis, f"{float(dot.get(axis, '0')):.1f}")
        ElementTree.SubElement(dot, f"{{{SVG}}}title").text = text


def _strip(root: ElementTree.Element) -> None:
    """Remove elements that a page with several figures must not hold twice: metadata, rules, unreferenced ids."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):
                parent.remove(child)
    text = ElementTree.tostring(root, encoding="unicode")
    referred = set(re.findall(r"(?:href=\"|url\()#([\w-]+)", text))
    for element in root.iter():
        if element.get("id") not in referred:
            element.attrib.pop("id", None)
        style = element.get("style")
        if style:
            element.set("style", MATPLOTLIB_FONTS.sub(FONTS, style))
