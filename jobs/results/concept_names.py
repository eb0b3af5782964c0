"""The names of very many concepts, searched while somebody types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True, eq=False)
class ConceptNames:
    """names: each once, the shortest first; spelled: the same in lower case and with blanks for underscores."""

    names: pa.Array
    spelled: pa.Array

    @classmethod
    def of(cls, columns: Iterable[pa.ChunkedArray]) -> ConceptNames:
        """The names in some columns."""
        chunks = [chunk for column in columns for chunk in column.chunks]
        names = pa.chunked_array(chunks, pa.string()).unique()
        lengths = pa.table({"name": names, "length": pc.utf8_length(names)})
        names = lengths.sort_by([("length", "ascending"), ("name", "ascending")])["name"].combine_chunks()
        return cls(names, _spelled(names))

    def __len__(self) -> int:
        return len(self.names)

    def like(self, text: str, limit: int) -> list[str]:
        """At most `limit` names that begin with the text, then such as have it elsewhere; case does not matter."""
        wanted = text.lower().replace("_", " ").strip()
        begins = pc.starts_with(self.spelled, wanted)
        found = self.names.filter(begins).slice(0, limit).to_pylist()
        if len(found) < limit:
            elsewhere = pc.and_not(pc.match_substring(self.spelled, wanted), begins)
            found += self.names.filter(elsewhere).slice(0, limit - len(found)).to_pylist()
        return found


def _spelled(names: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Names as they are compared: in lower case, with blanks for underscores."""
    return pc.replace_substring(pc.utf8_lower(names), "_", " ")
