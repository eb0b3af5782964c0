"""Small pictures inside a page: each as an address that holds its bytes, so that nothing is fetched."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from jobs.figures.readable import readable
from jobs.results.samples.drawn_samples import SampleKey

if TYPE_CHECKING:
    # It imports Pillow, which pages without pictures do not need.
    from jobs.results.samples.small_pictures import Picture

# The source of pictures that a page's policy admits.
INSIDE: Final = "data:"
# How a file of each format begins.
KINDS: Final = {b"RIFF": "webp", b"\xff\xd8\xff": "jpeg"}

Pictures = Mapping[SampleKey, "Picture"]


def picture(one: Picture | None) -> dict[str, str]:
    """What a script shows: the address of a picture, or the reason why there is none; None was not read."""
    if not isinstance(one, bytes):
        return {"reason": readable(one.detail) if one else "not read"}
    kind = next(kind for begins, kind in KINDS.items() if one.startswith(begins))
    return {"src": f"{INSIDE}image/{kind};base64,{base64.b64encode(one).decode()}"}
