"""The lines of a text file, or of standard input, as captions."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

from jobs.errors import SettingsError
from udfs.shards.caption_text import clean_caption
from udfs.shards.schemes import shown
from udfs.shards.uris import filesystem_and_path


def caption_lines(file: str) -> Iterator[str]:
    """Each line without its end, in valid text; `-` is standard input, anything else a path or URI.

    Raises SettingsError if the file cannot be read.
    """
    for line in _lines(file):
        yield clean_caption(line)[0] or ""


def _lines(file: str) -> Iterator[bytes]:
    if file == "-":
        yield from (line.rstrip(b"\r\n") for line in sys.stdin.buffer)
        return
    try:
        filesystem, path = filesystem_and_path(file)
        with filesystem.open_input_file(path) as stream:
            yield from (line.rstrip(b"\r\n") for line in io.BufferedReader(stream))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{shown(file)}: cannot be read ({error})") from None
