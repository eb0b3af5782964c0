"""Reads the .json member of a sample: its caption, the image's origin and, if there is no caption, why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from udfs.shards.caption_text import chosen, clean_caption
from udfs.shards.fields import CAPTIONS, HEIGHTS, URLS, WIDTHS, enumerated, inside
from udfs.shards.samples import storable

# img2dataset's own key first, then those of the columns that it copies, such as LAION's. The same holds for urls and
# sizes.
CAPTION_KEYS: Final = ("caption", *(name for name in CAPTIONS if name != "caption"))


@dataclass(frozen=True, slots=True)
class Metadata:
    """The contents of a .json. `problem`: why it gives no caption; `broken`: whether it is no JSON at all."""

    caption: str | None = None
    url: str | None = None
    width: int | None = None
    height: int | None = None
    problem: str | None = None
    broken: bool = False


def parsed(raw: bytes) -> Any:
    """The value that the .json `raw` holds. Raises ValueError if it is broken, or nested too deeply."""
    try:
        return json.loads(raw.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"broken json: {error}") from None


def read_metadata(raw: bytes, key: str | None, captions: str) -> Metadata:
    """The contents of the .json `raw`. Its caption is the value at `key`, or at the first usual key with a text.

    `captions` takes the `first` of a list of captions or `join`s all. A .json that is itself a text or a list, not an
    object, is its own caption.
    """
    try:
        found = parsed(raw)
    except ValueError as error:
        return Metadata(problem=str(error), broken=True)
    if not isinstance(found, dict):
        caption = _caption(found, captions) if key is None else None
        return Metadata(caption, problem=None if caption is not None else f"its json is {_described(found)}")
    values = _values(found, key)
    texts = (_caption(value, captions) for value in values.values())
    caption = next((text for text in texts if text is not None), None)
    url = next((found[name] for name in reversed(URLS) if isinstance(found.get(name), str)), None)
    return Metadata(
        caption,
        clean_caption(url)[0],
        _pixels(found, tuple(reversed(WIDTHS))),
        _pixels(found, tuple(reversed(HEIGHTS))),
        None if caption is not None else _problem(found, values),
    )


def _values(found: dict[str, Any], key: str | None) -> dict[str, Any]:
    """The possible captions by key. A key with dots that does not exist itself leads through objects."""
    if key is not None and key not in found:
        path = key.split(".")
        return {key: inside(found, path)} if path[0] in found else {}
    return {name: found[name] for name in (CAPTION_KEYS if key is None else (key,)) if name in found}


def _caption(value: Any, captions: str) -> str | None:
    values = value if isinstance(value, list) else [value]
    texts = chosen([_text(element) for element in values], captions)
    return "\n".join(texts) if texts else None


def _text(value: Any) -> str | None:
    """The value's text. A pair such as MetaCLIP's ["alt", "a dog on the grass"] names the text's origin first."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and value[0].isidentifier():
        value = value[1]
    return value if isinstance(value, str) else None


def _pixels(found: dict[str, Any], names: Sequence[str]) -> int | None:
    return next((storable(found[name]) for name in names if name in found), None)


def _problem(found: dict[str, Any], values: dict[str, Any]) -> str:
    for key, value in values.items():
        inner = value[0] if isinstance(value, list) and value else value
        advice = f": set `json_key`, as {key}.{next(iter(inner))}" if isinstance(inner, dict) and inner else ""
        return f"{key} in its json is {_described(value)}{advice}"
    return f"its json has the keys {enumerated(list(found))}: set `json_key`" if found else "its json is empty"


def _described(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, dict):
        return f"an object with the keys {enumerated(list(value))}" if value else "an empty object"
    if isinstance(value, list):
        return f"a list of which the first is {_described(value[0])}" if value else "an empty list"
    return "a text" if isinstance(value, str) else "a number or a truth value"
