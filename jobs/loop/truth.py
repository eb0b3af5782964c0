"""The truth about a drawn corpus, written beside it so that every stage can be compared with it.

`concepts.csv`: concept, text_frequency (captions that hold the noun), image_frequency (images that hold the glyph),
integrated (both in one sample). `samples.parquet`: one row per sample. `summary.json`: the totals, with misalignment as
docs/design.md defines it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from jobs.loop.plan import CorpusDesign, Pair

SAMPLES: Final = pa.schema(
    [
        ("shard", pa.string()),
        ("sample", pa.string()),
        ("caption", pa.string()),
        ("nouns", pa.list_(pa.string())),
        ("glyphs", pa.list_(pa.string())),
        ("colour", pa.string()),
        ("wrong", pa.bool_()),
        ("missing", pa.bool_()),
        ("plural", pa.bool_()),
        ("misaligned", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class Truth:
    """A drawn corpus's truth. `concepts` and `samples` have the columns of the files."""

    concepts: pd.DataFrame
    samples: pd.DataFrame
    summary: dict[str, Any]


def sample_row(shard: str, sample: str, pair: Pair) -> dict[str, Any]:
    """The row of `samples.parquet` for one pair."""
    return {
        "shard": shard,
        "sample": sample,
        "caption": pair.caption,
        "nouns": sorted(glyph.noun for glyph in pair.named),
        "glyphs": sorted(glyph.noun for glyph in pair.shown),
        "colour": pair.colour,
        "wrong": pair.wrong,
        "missing": pair.missing,
        "plural": pair.plural,
        "misaligned": pair.misaligned,
    }


def make_truth(drawing: CorpusDesign, nouns: Sequence[str], rows: Iterable[dict[str, Any]]) -> Truth:
    """The truth from sample rows, for all concepts of `nouns`, also those that no sample holds."""
    rows = list(rows)
    return Truth(
        concepts=_concepts(nouns, rows),
        samples=pd.DataFrame(rows, columns=SAMPLES.names),
        summary=_summary(drawing, rows),
    )


def write_truth(truth: Truth, folder: Path) -> None:
    """Write the three files into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    truth.concepts.to_csv(folder / "concepts.csv", index=False)
    pq.write_table(pa.Table.from_pandas(truth.samples, SAMPLES, preserve_index=False), folder / "samples.parquet")
    (folder / "summary.json").write_text(json.dumps(truth.summary, indent=2) + "\n", encoding="utf-8")


def read_truth(folder: Path) -> Truth:
    """The truth that `write_truth` wrote; raises FileNotFoundError, which names an absent file."""
    return Truth(
        concepts=pd.read_csv(folder / "concepts.csv", keep_default_na=False),
        samples=pq.read_table(folder / "samples.parquet").to_pandas(),
        summary=json.loads((folder / "summary.json").read_text(encoding="utf-8")),
    )


def _concepts(nouns: Sequence[str], rows: list[dict[str, Any]]) -> pd.DataFrame:
    text = Counter(noun for row in rows for noun in row["nouns"])
    image = Counter(noun for row in rows for noun in row["glyphs"])
    both = Counter(noun for row in rows for noun in set(row["nouns"]) & set(row["glyphs"]))
    return pd.DataFrame(
        {
            "concept": list(nouns),
            "text_frequency": [text[noun] for noun in nouns],
            "image_frequency": [image[noun] for noun in nouns],
            "integrated": [both[noun] for noun in nouns],
        }
    )


def _summary(drawing: CorpusDesign, rows: list[dict[str, Any]]) -> dict[str, Any]:
    text = sum(bool(row["nouns"]) for row in rows)
    image = sum(bool(row["glyphs"]) for row in rows)
    misaligned = sum(row["misaligned"] for row in rows)
    return {
        "drawing": asdict(drawing),
        "samples": len(rows),
        "found_text": text,
        "found_image": image,
        "misaligned": misaligned,
        "degree": misaligned / len(rows),
        "degree_found": misaligned / max(text, image),
        "wrong_captions": sum(row["wrong"] for row in rows),
        "missing_nouns": sum(row["missing"] for row in rows),
        "plural_captions": sum(row["plural"] for row in rows),
        "two_glyphs": sum(len(row["glyphs"]) == 2 for row in rows),
    }
