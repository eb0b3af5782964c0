"""The class frequencies of Wen et al. (arXiv 2405.21070), from a clone of github.com/CVMI-Lab/clip-beyond-tail.

A file `metadata/freqs/class_frequency_{corpus}_{set}.txt` has lines `class TAB count`: captions that hold all words of
one of the class's names, after lemmatising, without negative words that the authors chose by hand. The same counts in
the order of the classes are in `..._ori.txt`. Files of other corpora count the images of sets that the authors cut.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from jobs.imported.cells import name_cell, whole_cell
from jobs.imported.frequency_tables import FrequencySheet, FrequencyTable, TableKey
from jobs.imported.row_files import BadRow, shown_numbers

FOLDER: Final = "metadata/freqs"
DEFINITION: Final = "wen"
CORPORA: Final = ("cc12m", "yfcc15m", "laion400m", "laion2b", "metaclip_400m", "metaclip_fullcc")
SETS: Final = ("imagenet", "cub", "dtd", "eurosat", "flowers102", "food101", "pets", "places365")
NAME: Final = re.compile(
    rf"class_frequency_(?P<corpus>{'|'.join(CORPORA)})_(?P<set>{'|'.join(SETS)})(?P<order>_ori)?\.txt"
)


def read_wen(clone: Path, origin: Mapping[str, Any]) -> FrequencySheet:
    """The tables in a clone. `origin`: what the spec of each says of the clone."""
    files = sorted((clone / FOLDER).glob("class_frequency_*.txt"))
    known = {(found["corpus"], found["set"]): file for file in reversed(files) if (found := NAME.fullmatch(file.name))}
    tables, faults, left_out = [], [], 0
    for (corpus, of_set), file in sorted(known.items()):
        data = file.read_bytes()
        own = {**origin, "file": f"{FOLDER}/{file.name}", "sha256": hashlib.sha256(data).hexdigest()}
        table = FrequencyTable(TableKey(of_set, corpus, DEFINITION), "text", own)
        for why, lines in _read(data, table).items():
            faults.append(f"{file.name}: left out, as {why}: {shown_numbers('line', lines)}")
            left_out += len(lines)
        tables.append(table)
    others = [file.name for file in files if not NAME.fullmatch(file.name)]
    if others:
        faults.append(f"{len(others)} files of other corpora than {', '.join(CORPORA)} are not read, as {others[0]}")
    return FrequencySheet(tuple(table for table in tables if table.frequency), tuple(faults), left_out)


def _read(data: bytes, table: FrequencyTable) -> dict[str, list[int]]:
    """Fill the table from a file's lines; returns the lines that cannot be used, by reason."""
    faults: dict[str, list[int]] = {}
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        name, tab, count = line.rpartition("\t")
        try:
            concept, frequency = name_cell(name, "class"), whole_cell(count.strip(), "count")
            if not tab or frequency is None:
                raise BadRow("it is not a class, a tab and a count")
            if concept in table.frequency:
                raise BadRow("the class is there already, and the first line is kept")
            table.frequency[concept] = frequency
        except BadRow as reason:
            faults.setdefault(str(reason), []).append(number)
    return faults
