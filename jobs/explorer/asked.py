"""What a request asks, read from its query: every value is checked here, and a bad one is a message."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, cast, get_args
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from jobs.errors import SettingsError
from jobs.settings.settings import Search

SEARCHES: Final[tuple[str, ...]] = get_args(Search)
# Characters of a concept: the longest name of the published lists has 60.
LONGEST: Final = 200
# Concepts that can be read beside one another.
COMPARED: Final = 6
LARGEST: Final = 1 << 31


class BadRequest(SettingsError):
    """A request that cannot be answered as it is asked."""


@dataclass(frozen=True)
class SampleQuestion:
    """Which samples are asked for; as `conceptfreq samples` asks."""

    name: str
    search: Search
    threshold: float | None
    corpus: str | None
    without: str | None
    seed: int

    def link(self, path: str, **more: object) -> str:
        """The address of a page about these samples."""
        return link(path, **vars(self), **more)


def link(path: str, **query: object) -> str:
    """A path with a query; what is None is left out."""
    return f"{path}?{urlencode({key: value for key, value in query.items() if value is not None})}"


@dataclass(frozen=True)
class PageQuery:
    """The query of a request."""

    query: QueryParams

    def text(self, key: str) -> str | None:
        """A text of at most LONGEST characters; None if it is not given or empty."""
        return _text(key, self.query.get(key, ""))

    def name(self) -> str:
        """The concept that is asked for."""
        found = self.text("name")
        if found is None:
            raise BadRequest("name: type a word or a phrase to look for")
        return found

    def names(self) -> list[str]:
        """The concepts that are compared, each once: those of `name`, and those after commas in `add`."""
        given = [*self.query.getlist("name"), *(one for many in self.query.getlist("add") for one in many.split(","))]
        names = [name for name in dict.fromkeys(_text("name", one) for one in given) if name]
        if len(names) > COMPARED:
            raise BadRequest(f"{len(names)} concepts: at most {COMPARED} can be read beside one another")
        return names

    def whole(self, key: str, default: int) -> int:
        """A whole number from 0."""
        given = self.query.get(key, "")
        if not given:
            return default
        if not given.isascii() or not given.isdigit() or len(given) > 10 or int(given) > LARGEST:
            raise BadRequest(f"{key}: '{given[:20]}' is no whole number from 0 to {LARGEST:,}")
        return int(given)

    def number(self, key: str) -> float | None:
        """A number; None if it is not given."""
        given = self.query.get(key, "").strip()
        if not given:
            return None
        try:
            found = float(given)
        except ValueError:
            found = math.nan
        if not math.isfinite(found):
            raise BadRequest(f"{key}: '{given[:20]}' is no number")
        return found

    def one_of(self, key: str, allowed: Iterable[str], default: str) -> str:
        """One of some words."""
        given, known = self.query.get(key) or default, [*allowed]
        if given not in known:
            raise BadRequest(f"{key}: '{given[:20]}' is none of {', '.join(known)}")
        return given

    def samples(self, searches: tuple[str, ...]) -> SampleQuestion:
        """The samples that are asked for; searches: those of the settings, the first by default."""
        search = cast(Search, self.one_of("search", SEARCHES, searches[0] if searches else "text"))
        threshold = None if search == "text" else self.number("threshold")
        return SampleQuestion(
            self.name(), search, threshold, self.text("corpus"), self.text("without"), self.whole("seed", 0)
        )

    @property
    def is_part(self) -> bool:
        """Whether a script of the page asks for a part of it, without what stands around."""
        return self.query.get("part") == "1"


def _text(key: str, given: str) -> str | None:
    text = given.strip()
    if len(text) > LONGEST:
        raise BadRequest(f"{key}: it has {len(text):,} characters, and at most {LONGEST} can be asked for")
    return text or None
