"""What stays of a part of counts: the sets that an earlier import wrote and whose files are not there now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from jobs.lake.lake import Lake
from jobs.published.parts import Part, identity


def with_kept(lake: Lake, parts: Iterable[Part], earlier: Mapping[str, Mapping[str, Any]]) -> list[Part]:
    """The parts, those of counts with the rows and files of sets that were not read now.

    `earlier` are bodies by spec of what has rows in the lake. So the order in which folders are imported does not
    matter, and a set whose file is there and holds nothing usable is gone.
    """
    return [_with_kept(lake, part, earlier) if part.body["kind"] == "search_counts" else part for part in parts]


def _with_kept(lake: Lake, part: Part, earlier: Mapping[str, Mapping[str, Any]]) -> Part:
    files = dict(part.body["files"])
    columns = [part.columns]
    for spec, body in earlier.items():
        kept = body.get("files", {}).keys() - part.sets_read
        if identity(body) == identity(part.body) and kept:
            files |= {name: body["files"][name] for name in kept}
            rows = lake.rows(part.table, part.columns.column_names, spec=spec)
            columns.append(pa.Table.from_pylist([row for row in rows if row["list"] in kept], part.columns.schema))
    return replace(part, body={**part.body, "files": files}, columns=pa.concat_tables(columns))
