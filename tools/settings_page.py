"""Write docs/settings.md: every key that a settings file can have, from the models that check it.

`python tools/settings_page.py docs/settings.md` is `make settings-doc`. Descriptions are those of the fields, so a new
key is documented where it is defined.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from jobs.loop.plan import CorpusDesign
from jobs.loop.train import Training
from jobs.settings.settings import Settings
from udfs.options import DESCRIPTION
from udfs.shards.registry import READERS

ABOUT = """\
# Settings

A run is one YAML (or JSON) file. [conf/example.yaml](../conf/example.yaml) shows every section. Only `name` and `lake`
are required. A stage without its section is not run. An unknown key is refused before Spark starts, with the nearest
known one. Relative paths start at the working directory. `--set path.to.key=value` changes a key for one command; an
item of a list goes by its name or number, as in `--set corpora.photos.path=/data/photos`.

A key without a default may be left out, unless it is required. `make settings-doc` writes this page from the code.
"""
PLAIN = {str: "text", int: "whole number", float: "number", bool: "true or false"}
PLURALS = {"text": "texts", "number": "numbers"}
FIRST = ("name", "kind")
BOUNDS = {Ge: ("ge", "at least"), Gt: ("gt", "above"), Le: ("le", "at most"), Lt: ("lt", "below")}
# Mappings whose keys are those of dataclasses: the section that they follow, and their titles.
DATACLASSES: dict[str, dict[str, type]] = {
    "corpora": {f"`options` of format `{name}`": kind for name, kind in READERS.items()},
    "loop": {"`loop.drawing`": CorpusDesign, "`loop.training`": Training},
}


@dataclass(frozen=True)
class Key:
    """A row of a table; each cell is Markdown."""

    name: str
    kind: str
    default: str
    meaning: str


@dataclass(frozen=True)
class Section:
    """A heading, a sentence about it, and its keys."""

    title: str
    about: str
    keys: tuple[Key, ...]

    def __str__(self) -> str:
        rows = [f"| `{key.name}` | {key.kind} | {key.default} | {key.meaning} |" for key in self.keys]
        table = ["| key | type | default | meaning |", "|---|---|---|---|", *rows] if rows else ["It has no keys."]
        return "\n".join([f"## {self.title}", "", self.about, "", *table, ""])


def page() -> str:
    """The page as Markdown."""
    return "\n".join([ABOUT, *map(str, sections())])


def sections() -> list[Section]:
    """Every section, each model once, in the order of the keys."""
    titles = dict(_titles(Settings, ""))
    found = []
    for model, title in titles.items():
        found.append(Section(title, _first_line(model), tuple(_model_keys(model, titles))))
        following = DATACLASSES.get(title.strip("`"), {})
        found += [Section(name, _first_line(kind), tuple(_dataclass_keys(kind))) for name, kind in following.items()]
    return found


def _titles(model: type[BaseModel], path: str) -> Iterator[tuple[type[BaseModel], str]]:
    """The model and those below it, each with the title of its section."""
    kind = _of_kind(model)
    yield model, (f"`{path}` of kind {kind}" if kind else f"`{path}`" if path else "Top level")
    known = {model}
    for name, field in model.model_fields.items():
        for below in _models(field.annotation):
            for found, title in _titles(below, f"{path}.{name}".lstrip(".")):
                if found not in known:
                    known.add(found)
                    yield found, title


def _of_kind(model: type[BaseModel]) -> str:
    """What tells the models of one key apart."""
    kind = model.model_fields.get("kind")
    return f"`{get_args(kind.annotation)[0]}`" if kind else ""


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _model_keys(model: type[BaseModel], titles: dict[type[BaseModel], str]) -> Iterator[Key]:
    for name, field in sorted(model.model_fields.items(), key=lambda item: item[0] not in FIRST):
        kind = ", ".join([_kind(field.annotation, titles), *_bounds(field)])
        default = "required" if field.is_required() else _default(field.default)
        yield Key(name, kind, default, field.description or "")


def _dataclass_keys(kind: type) -> Iterator[Key]:
    assert is_dataclass(kind)
    hints = get_type_hints(kind)
    for field in fields(kind):
        default = "required" if field.default is MISSING else _default(field.default)
        yield Key(field.name, _kind(hints[field.name], {}), default, field.metadata.get(DESCRIPTION, ""))


def _kind(annotation: Any, titles: dict[type[BaseModel], str]) -> str:
    """A type in words."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(parts[0], titles)
    if origin in (Union, UnionType):
        return " or ".join(_kind(part, titles) for part in parts if part is not type(None))
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in parts)
    if origin is tuple and parts[-1] is not Ellipsis:
        return f"{len(parts)} numbers"
    if origin in (list, tuple):
        items = _kind(parts[0], titles)
        return f"list of {PLURALS.get(items, items)}"
    if origin is dict:
        models = " or ".join(_kind(model, titles) for model in _models(parts[1]))
        return f"mapping to {models}" if models else "mapping"
    if annotation in titles:
        return f"[{_of_kind(annotation) or 'section'}](#{_anchor(titles[annotation])})"
    return PLAIN[annotation]


def _anchor(title: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def _bounds(field: FieldInfo) -> list[str]:
    known = [(BOUNDS[type(item)], item) for item in field.metadata if type(item) in BOUNDS]
    return [f"{words} {getattr(item, name):,}" for (name, words), item in known]


def _default(value: Any) -> str:
    """A default as YAML has it; nothing for none, for an empty list, and for a section's own defaults."""
    if value is None or value in ([], {}) or isinstance(value, BaseModel):
        return ""
    if isinstance(value, list):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _first_line(kind: type) -> str:
    line = (kind.__doc__ or "").split("\n\n")[0].strip().replace("\n    ", " ")
    return re.sub(r"docs/([\w-]+\.md)", r"[\1](\1)", line)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
