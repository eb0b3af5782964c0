"""One process that counts a prepared lake by the stage `count`: `python -m benchmarks.counted LAKE CONCEPTS CORES`.

Indexes both corpora. Counts the small one first, which is start-up, then the drawn one, the small one again, which is
what any count takes, the drawn one again, one shard in a hundred of it that is new and was indexed by itself, and with
100 concepts more. Says seconds and bytes as JSON.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from statistics import median

from benchmarks.counting_lake import only, settings
from benchmarks.drawn_terms import TAIL, tail_word
from jobs.core.context import Context
from jobs.core.sections import captions_section
from jobs.core.session import get_session
from jobs.lake.lake import Lake
from jobs.settings.settings import Settings
from jobs.stages.run import run
from udfs.text.lean import import_spacy

REPEATS = 3
MORE = 100
GROWTH = 0.01


def main(arguments: Sequence[str]) -> None:
    """See the module."""
    lake, concepts, cores, began = Path(arguments[0]), Path(arguments[1]), int(arguments[2]), float(arguments[3])
    given = settings(lake, concepts, cores)
    # As the command line does.
    import_spacy(captions_section(given).pipeline)
    lists = [*concepts.read_text("utf-8").splitlines()]
    count(only(given, "small"), "index")
    count(only(given, "small"))
    found: dict[str, object] = {"start": time.time() - began}
    found["index"] = count(only(given, "drawn"), "index")
    found |= {table: size(lake / table / "corpus=drawn") for table in ("postings", "caption_terms")}
    before = size(lake)
    found["first"] = count_again(only(given, "drawn"))
    found["bytes"] = size(lake) - before
    found["small"] = median(count_again(only(given, "small")) for _ in range(REPEATS))
    found["again"] = median(count_again(only(given, "drawn")) for _ in range(REPEATS))
    found |= results(given)
    grown = index_anew(only(given, "drawn"), GROWTH)
    found["grown"] = median(count_again(only(given, "drawn"), grown) for _ in range(REPEATS))
    listed = set(lists)
    more = list(islice((word for word in map(tail_word, reversed(range(TAIL))) if word not in listed), MORE))
    concepts.write_text("\n".join([*lists, *more]) + "\n", "utf-8")
    found["more"] = count(only(given, "drawn"))
    concepts.write_text("\n".join(lists) + "\n", "utf-8")
    # Looking is measured in a lake that is up to date.
    count(only(given, "drawn"))
    print(json.dumps(found))


def count(given: Settings, stage: str = "count") -> float:
    """Seconds of the stage."""
    context = Context(given, Lake(get_session(given.spark), given.lake), "count")
    began = time.perf_counter()
    result = run(context, [stage])
    assert result.complete and not result.idle, f"{stage}: nothing was done"
    return time.perf_counter() - began


def index_anew(given: Settings, share: float) -> list[str]:
    """Index a share of the shards again by themselves, as shards that arrive; returns their names."""
    lake = Lake(get_session(given.spark), given.lake)
    corpus = {"corpus": given.corpora[0].name}
    indexed = sorted(row["shard"] for row in lake.rows("shards", ["shard"], **corpus, stage="index"))
    shards = indexed[: math.ceil(share * len(indexed))]
    lake.replace_rows("shards", {**corpus, "stage": "index", "shard": shards}, [])
    lake.replace_rows("postings", {**corpus, "shard": shards}, [])
    count(given, "index")
    return shards


def count_again(given: Settings, only_shards: Sequence[str] | None = None) -> float:
    """Seconds of the stage, as if these shards (None: all) had not been counted before."""
    lake = Lake(get_session(given.spark), given.lake)
    corpus = {"corpus": given.corpora[0].name}
    shards = {} if only_shards is None else {"shard": only_shards}
    lake.replace_rows("shards", {**corpus, "stage": "count", **shards}, [])
    lake.replace_rows("shards", {**corpus, "stage": "totals"}, [])
    lake.replace_rows("shard_counts", {**corpus, **shards}, [])
    lake.replace_rows("concept_counts", corpus, [])
    return count(given)


def results(given: Settings) -> dict[str, int]:
    """Rows and samples of the shards' counts, to be compared with others'."""
    rows = Lake(get_session(given.spark), given.lake).read("shard_counts").where("corpus = 'drawn'")
    sizes = "sum(size(counts)) AS rows", "sum(aggregate(counts, 0L, (a, b) -> a + b)) AS samples"
    summed = rows.selectExpr(*sizes).toArrow()
    return {name: summed[name][0].as_py() for name in ("rows", "samples")}


def size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main(sys.argv[1:])
