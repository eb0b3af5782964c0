"""Texts that describe concepts: a JSON file of concept -> list of texts, matched with the lists of a run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.errors import SettingsError
from udfs.shards.uris import filesystem_and_path
from udfs.text.spellings import spelling

# The prompt of a concept without a description.
PLAIN = "a photo of a {}."
NAMED = 5


@dataclass(frozen=True)
class Descriptions:
    """The texts of each concept, in the order of the lists.

    `plain` concepts have only the plain prompt. `source` is the sha256 of the file.
    """

    texts: Mapping[str, tuple[str, ...]]
    plain: int
    source: str

    @property
    def counts(self) -> tuple[int, ...]:
        """The different numbers of texts per concept, ascending: a single number if all concepts have equally many."""
        return tuple(sorted({len(texts) for texts in self.texts.values()}))


def describe_concepts(concepts: Sequence[str], file: str, plain: bool) -> Descriptions:
    """The texts of `file` for these concepts: under the exact name, or else under a name that is spelled alike.

    A concept without texts gets the prompt PLAIN if `plain` is true. Otherwise a SettingsError names some.
    """
    content = _read(file)
    given = _parse(file, content)
    alike: dict[str, tuple[str, ...]] = {}
    for name, texts in given.items():
        alike.setdefault(spelling(name), texts)
    found = {name: given.get(name) or alike.get(spelling(name), ()) for name in concepts}
    bare = [name for name, texts in found.items() if not texts]
    if bare and not plain:
        more = f" and {len(bare) - NAMED} more" if len(bare) > NAMED else ""
        raise SettingsError(
            f"{file} describes {len(found) - len(bare)} of {len(found)} concepts, but not "
            f"{', '.join(bare[:NAMED])}{more}: add texts about them, or use --plain to give them the text {PLAIN!r}"
        )
    described = {name: texts or (PLAIN.format(name),) for name, texts in found.items()}
    return Descriptions(described, len(bare), hashlib.sha256(content).hexdigest())


def _read(file: str) -> bytes:
    try:
        filesystem, path = filesystem_and_path(file)
        with filesystem.open_input_stream(path) as stream:
            content: bytes = stream.read()
    except (OSError, ValueError) as error:
        raise SettingsError(f"--descriptions {file}: cannot be read: {error}") from None
    return content


def _parse(file: str, content: bytes) -> dict[str, tuple[str, ...]]:
    try:
        parsed = json.loads(content)
    except ValueError as error:
        raise SettingsError(f"--descriptions {file}: not JSON: {error}") from None
    if not isinstance(parsed, dict):
        raise SettingsError(f"--descriptions {file}: expected concept -> list of texts, found {type(parsed).__name__}")
    return {name: _texts(file, name, texts) for name, texts in parsed.items()}


def _texts(file: str, name: str, texts: Any) -> tuple[str, ...]:
    if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
        raise SettingsError(f"--descriptions {file}: {name}: expected a list of texts, found {str(texts)[:60]!r}")
    return tuple(texts)
