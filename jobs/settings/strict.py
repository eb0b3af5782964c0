"""Sections of settings whose keys must all be known, and the messages about keys that are not."""

from __future__ import annotations

import difflib
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from jobs.errors import SettingsError

S = TypeVar("S", bound=BaseModel)


class Strict(BaseModel):
    """A section whose keys must all be known; it is frozen."""

    # Defaults are validated too: a setting that is spelled out gives the same spec as one that is left out.
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, given: Any) -> Any:
        if isinstance(given, dict):
            refuse_unknown(given, cls.model_fields)
        return given


def refuse_unknown(given: dict[str, Any], known: Any) -> None:
    """Raise ValueError for the first key of `given` that is not in `known`, naming the nearest known one."""
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(str(key), list(known), n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"known keys: {', '.join(known)}"
            raise ValueError(f"unknown key '{key}'; {hint}")


def messages(error: ValidationError) -> list[str]:
    """One line per problem, with the dotted path of the key."""
    lines = []
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"])
        text = problem["msg"].removeprefix("Value error, ")
        lines.append(f"{where}: {text}" if where else text)
    return lines


def read_section(kind: type[S], file: Path | Traversable, setting: str) -> S:
    """The section in a YAML file. Raises SettingsError, which names the setting, the file and each wrong key."""
    try:
        return kind.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise SettingsError(f"{setting}: {file}: cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{setting}: {file}: not YAML: {error}") from None
    except ValidationError as error:
        raise SettingsError("\n".join(f"{setting}: {file}: {line}" for line in messages(error))) from None
