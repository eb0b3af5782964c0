"""Sections of settings whose keys are all known, and what is said where one is not."""

from __future__ import annotations

import difflib
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator


class Strict(BaseModel):
    """A section whose keys are all known; frozen once read."""

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
    """One line a problem, with the dotted path of the key."""
    lines = []
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"])
        text = problem["msg"].removeprefix("Value error, ")
        lines.append(f"{where}: {text}" if where else text)
    return lines
