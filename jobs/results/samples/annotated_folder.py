"""The folder to which a corpus is written again: what it is for, and which shards are there already.

A file beside the shards says what was asked and of which content they were made. So the same command goes on where it
was killed, writes changed shards again, and is refused if it asks something else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from pyarrow import fs

from jobs.errors import SettingsError
from jobs.lake.specs import differences
from udfs.shards.schemes import shown
from udfs.shards.uris import filesystem_and_path, is_local, is_plain, join, open_shard
from udfs.shards.whole_files import UNFINISHED, written_whole

RECORD: Final = "annotated.json"


def output_root(output: str, corpus: str, roots: Mapping[str, str]) -> str:
    """Where the shards of a corpus go below the output; `roots` are those of all corpora, by name.

    Raises SettingsError if that is, holds or lies in the root of a corpus, or cannot be reached.
    """
    try:
        root = join(str(Path(output).absolute()) if is_plain(output) else output, corpus)
        here = _place(root)
        for name, other in roots.items():
            there = _place(other)
            if here[0] == there[0] and (here[1].is_relative_to(there[1]) or there[1].is_relative_to(here[1])):
                raise SettingsError(
                    f"--output {shown(output)}: {shown(root)} and the corpus {name} ({shown(other)}) lie one in the "
                    "other: name another folder"
                )
    except (OSError, ValueError) as error:
        raise SettingsError(f"--output {shown(output)}: {error}") from None
    return root


def begin(root: str, asked: Mapping[str, Any], contents: Mapping[str, str]) -> set[str]:
    """Make the folder ready for these shards, by their fingerprints; returns those that are there and still hold.

    Shards that no longer hold are deleted. Raises SettingsError if the folder holds anything else, or shards of another
    question, and OSError if it cannot be read or written.
    """
    filesystem, path = filesystem_and_path(root)
    there = set(_names(filesystem, path))
    record = _record(root) if RECORD in there else None
    if record is None and there:
        raise SettingsError(f"--output: {shown(root)} is not empty, and has no {RECORD}: name another folder")
    if record is not None and record["asked"] != asked:
        changes = "; ".join(f"{key} was {was}, now {now}" for key, was, now in differences(record["asked"], asked))
        raise SettingsError(f"--output: {shown(root)} answers another question ({changes}): name another folder")
    before = record["contents"] if record else {}
    remove_unfinished(root)
    hold = {shard for shard in there & before.keys() if before[shard] == contents.get(shard)}
    for shard in there & before.keys() - hold:
        filesystem.delete_file(f"{path}/{shard}")
    # Only now: a shard that is there counts as made of the content that is recorded.
    with written_whole(root, RECORD) as file:
        file.write(json.dumps({"asked": asked, "contents": contents}, indent=1).encode())
    return hold


def remove_unfinished(root: str) -> None:
    """Remove what tasks have begun to write, and what a killed one has left."""
    filesystem, path = filesystem_and_path(root)
    if filesystem.get_file_info(f"{path}/{UNFINISHED}").type == fs.FileType.Directory:
        filesystem.delete_dir(f"{path}/{UNFINISHED}")


def _place(uri: str) -> tuple[str, PurePosixPath]:
    """The kind of file system, and the path in it."""
    filesystem, path = filesystem_and_path(uri)
    return filesystem.type_name, PurePosixPath(Path(path).resolve() if is_local(uri) else path)


def _names(filesystem: Any, path: str) -> Iterator[str]:
    """The files below a path, by name; those of unfinished work are left out."""
    for info in filesystem.get_file_info(fs.FileSelector(path, recursive=True, allow_not_found=True)):
        name = info.path[len(path.rstrip("/")) :].lstrip("/")
        if info.type == fs.FileType.File and not name.startswith(f"{UNFINISHED}/"):
            yield name


def _record(root: str) -> dict[str, Any]:
    with open_shard(join(root, RECORD)) as file:
        found: dict[str, Any] = json.loads(file.read())
    return found
