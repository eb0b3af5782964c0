"""A settings file, read, changed by `--set` and checked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from jobs.errors import SettingsError
from jobs.settings.settings import Settings
from jobs.settings.strict import messages


def load_settings(path: str, overrides: list[str] | None = None) -> Settings:
    """Read and check a settings file; `overrides` are `path.to.key=value` with YAML values.

    Raises SettingsError that names the file, the key and, for an unknown key, the nearest known one.
    """
    try:
        given = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not YAML: {error}") from None
    if not isinstance(given, dict):
        raise SettingsError(f"{path}: a mapping of settings is expected, found {type(given).__name__}")
    for override in overrides or []:
        _apply(given, override)
    return check_settings(given, path)


def check_settings(given: Mapping[str, Any], source: str = "settings") -> Settings:
    """The settings in a mapping. Raises SettingsError, which names `source` and each key that is wrong."""
    try:
        return Settings.model_validate(dict(given))
    except ValidationError as error:
        raise SettingsError("\n".join(f"{source}: {line}" for line in messages(error))) from None


def _apply(given: dict[str, Any], override: str) -> None:
    """Set one dotted path in place; items of a list are addressed by number or by their `name`."""
    path, separator, value = override.partition("=")
    if not separator or not path:
        raise SettingsError(f"--set {override}: expected path.to.key=value")
    node: Any = given
    *parents, last = path.split(".")
    for part in parents:
        node = _child(node, part, override)
    try:
        parsed = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise SettingsError(f"--set {override}: the value is not YAML: {error}") from None
    if isinstance(node, list):
        node[_index(node, last, override)] = parsed
    elif isinstance(node, dict):
        node[last] = parsed
    else:
        raise SettingsError(f"--set {override}: it sets '{last}' in a value, and not in a section")


def _child(node: Any, part: str, override: str) -> Any:
    if isinstance(node, list):
        return node[_index(node, part, override)]
    if node.get(part) is None:
        node[part] = {}
    if not isinstance(node[part], dict | list):
        raise SettingsError(f"--set {override}: '{part}' is a value, not a section")
    return node[part]


def _index(items: list[Any], part: str, override: str) -> int:
    for index, item in enumerate(items):
        if part == str(index) or (isinstance(item, dict) and item.get("name") == part):
            return index
    raise SettingsError(f"--set {override}: no item '{part}' in a list of {len(items)}")
