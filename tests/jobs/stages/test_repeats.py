"""What is taken for a repetition of shards that are gone, and what is not."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tiny

from jobs.core.context import Context
from jobs.core.stage_specs import samples_spec
from jobs.core.written import Written
from jobs.lake.lake import Lake
from jobs.settings.settings import Settings
from jobs.stages.repeats import repetitions

# Of each shard (key, caption), None where the key is the row's number.
STORED = {
    "gone": [(f"g{number}", f"caption {number}") for number in range(30)],
    "gone.csv": [(None, f"line {number}") for number in range(30)],
    "listed": [(f"l{number}", f"caption {number}") for number in range(30)],
}
READ = {
    "first of a merger": STORED["listed"] + [(f"n{number}", "new") for number in range(250)] + STORED["gone"] * 3,
    "lines after others": [(None, f"other {number}") for number in range(40)] + STORED["gone.csv"],
    "other keys": [(f"h{number}", f"caption {number}") for number in range(30)],
    "other captions": [(f"g{number}", f"another {number}") for number in range(30)],
    "few": [(f"m{number}", "new") for number in range(250)] + STORED["gone"],
    "as one that is listed": STORED["listed"],
    "without anything": [(None, None)] * 30,
    "empty": [],
}


def rows(shard: str, samples: Iterable[tuple[str | None, str | None]], spec: str) -> list[dict[str, Any]]:
    common = {"corpus": "tiny", "shard": shard, "spec": spec, "status": "ok"}
    return [
        {**common, "sample": key or str(number), "ordinal": number, "caption": caption}
        for number, (key, caption) in enumerate(samples)
    ]


def test_it_is_found_by_keys_and_captions_anywhere_in_a_shard(spark: Any, tmp_path: Path) -> None:
    settings = Settings.model_validate(tiny.settings_dict(tmp_path))
    context, corpus = Context(settings, Lake(spark, settings.lake)), settings.corpora[0]
    spec = samples_spec(corpus).id
    stored = [row for shard, samples in (STORED | READ).items() for row in rows(shard, samples, spec)]
    context.lake.replace_rows("samples", {"corpus": "tiny"}, stored)
    written = Written(context.lake, "samples", {"corpus": "tiny", "spec": spec}, list(READ), samples=len(stored))
    sizes = {shard: len(samples) for shard, samples in READ.items()}
    assert repetitions(context, corpus, written, sizes, []) == {}
    found = repetitions(context, corpus, written, sizes, ["gone", "gone.csv"])
    assert found.keys() == {
        "first of a merger",
        "lines after others",
    }
    assert "(such as gone.csv) and whose counts are kept" in found["lines after others"]
