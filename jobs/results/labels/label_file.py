"""Labels as a CSV or Parquet file holds them: columns of `drawn_pairs.LABELS`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import pyarrow as pa

from jobs.imported.cells import name_cell, whole_cell
from jobs.imported.row_files import BadRow, Cells, RowFile, read_row_file, rows_in_memory
from udfs.counting.judged import Judged

KIND: Final = "labels"
REQUIRED: Final = ("corpus", "shard", "ordinal", "concept", "judged", "stratum", "pairs", "chance", "label")
YES, NO, UNSURE = "yes", "no", "unsure"
WORDS: Final = (YES, NO, UNSURE)


class Label(NamedTuple):
    """One judged pair: its key, what is judged, its stratum and that one's pairs, its chance, and what was said."""

    corpus: str
    shard: str
    ordinal: int
    concept: str
    judged: Judged
    stratum: str
    pairs: int
    chance: float
    said: str

    @property
    def key(self) -> tuple[str, str, int, str, Judged]:
        """What names the judgement."""
        return self.corpus, self.shard, self.ordinal, self.concept, self.judged


@dataclass(frozen=True)
class ReadLabels:
    """The labels of a file, each pair once; `empty` rows wait for one, and `refused` ones are named with the reason."""

    labels: tuple[Label, ...]
    empty: int
    refused: tuple[str, ...]


def read_labels(path: str) -> ReadLabels:
    """Read a file of labels. A row that cannot be used is refused.

    Raises SettingsError if the file is none of labels, or if it gives two labels to one pair.
    """
    return _labels(read_row_file(path, KIND, REQUIRED, ()))


def labels_of(table: pa.Table) -> ReadLabels:
    """The labels of a table with the columns of a file, refused as those of a file are."""
    return _labels(rows_in_memory("the labels", table, KIND, REQUIRED, ()))


def _labels(file: RowFile) -> ReadLabels:
    labels: dict[tuple[Any, ...], tuple[int, Label]] = {}
    empty, refused = 0, []
    for number, cells in file.rows():
        try:
            label = _label(cells)
        except BadRow as fault:
            refused.append(f"{file.name}, {file.counted_in} {number}: {fault}")
            continue
        if label is None:
            empty += 1
        else:
            _keep(file, labels, number, label)
    return ReadLabels(tuple(label for _, label in labels.values()), empty, tuple(refused))


def _keep(file: RowFile, labels: dict[tuple[Any, ...], tuple[int, Label]], number: int, label: Label) -> None:
    first, before = labels.setdefault(label.key, (number, label))
    if before.said != label.said:
        pair = f"'{label.concept}' in {label.shard}, sample {label.ordinal}, is"
        raise file.contradiction(f"{pair} {before.said}", first, label.said, number)


def _label(cells: Cells | BadRow) -> Label | None:
    """The label of a row; None if it waits for one. Raises BadRow."""
    if isinstance(cells, BadRow):
        raise cells
    given = dict(zip(REQUIRED, cells, strict=True))
    said = str(given["label"] or "").casefold()
    if not said:
        return None
    if said not in WORDS:
        raise BadRow(f"the label '{said[:20]}' is none of {', '.join(WORDS)}")
    if given["judged"] not in ("image", "caption"):
        raise BadRow(f"'{given['judged']}' cannot be judged: image or caption")
    ordinal, pairs = whole_cell(given["ordinal"], "the ordinal"), whole_cell(given["pairs"], "pairs")
    if ordinal is None or not pairs:
        raise BadRow("no ordinal" if ordinal is None else "no pairs")
    names = {name: name_cell(given[name], name) for name in ("corpus", "shard", "concept", "stratum")}
    return Label(
        **names, ordinal=ordinal, judged=given["judged"], pairs=pairs, chance=_chance(given["chance"]), said=said
    )


def _chance(given: Any) -> float:
    try:
        chance = float(given)
    except (TypeError, ValueError):
        chance = 0.0
    if not 0 < chance <= 1:
        raise BadRow(f"the chance '{given}' is not above 0 and at most 1")
    return chance
