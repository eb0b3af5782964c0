"""A page's content security policy: it names its scripts and styles by hash, and everything else is refused."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable

# What would end a script's element, or hide its end.
_ENDS = re.compile(r"<(?=/script|!--)", re.IGNORECASE)
NOTHING_ELSE = "default-src 'none'; base-uri 'none'; form-action 'none'"
# Figures of matplotlib carry their styles as attributes, which have no hash.
STYLES_OF_FIGURES = "'unsafe-inline'"


def script_text(script: str) -> str:
    """The script as it may stand inside its element; in strings and patterns `<\\/` means `</`."""
    return _ENDS.sub(r"<\\", script)


def policy(scripts: Iterable[str], styles: str, images: str | None = None) -> str:
    """The policy that admits these scripts. styles, images: the sources of these, by hash if possible."""
    admitted = f"{NOTHING_ELSE}; script-src {' '.join(map(source, scripts))}; style-src {styles}"
    return f"{admitted}; img-src {images}" if images else admitted


def source(text: str) -> str:
    """The hash by which a policy admits this script or style and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
