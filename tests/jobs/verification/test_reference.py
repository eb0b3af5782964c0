"""The reference looks at captions as the stage does, under every match mode."""

from __future__ import annotations

from typing import Any, get_args

import pyarrow as pa
import pytest

pytest.importorskip("spacy")

from jobs.settings.text_search import Captions  # noqa: E402
from jobs.stages.captions import make_task  # noqa: E402
from jobs.verification.reference import text_reference  # noqa: E402
from udfs.text.modes import Mode  # noqa: E402

TEXTS = ["a dog&amp;cat", "cafe\u0301", "&nbsp;", "", None, "&quot;two dogs&quot; and a cat_on_the_sofa"]


@pytest.mark.parametrize("clean", [True, False])
@pytest.mark.parametrize("match", get_args(Mode))
def test_the_reference_finds_what_the_stage_stores_of_encoded_text(match: Any, clean: bool) -> None:
    captions = Captions(match=match, clean=clean, max_characters=20)
    columns = {
        "shard": ["a"] * len(TEXTS),
        "sample": list("123456"),
        "ordinal": range(6),
        "caption": pa.array(TEXTS, pa.string()),
    }
    (stored,) = make_task(captions)(iter([pa.RecordBatch.from_pydict(columns)]))
    look = text_reference(captions)
    for text, row in zip(TEXTS, stored.to_pylist(), strict=True):
        found = look(text)
        assert (found.status, list(found.keys), list(found.positions)) == (
            row["status"], row["keys"] or [], row["positions"] or [],
        )  # fmt: skip
    decoded = clean and match != "paper"
    assert (stored["status"].to_pylist()[2] == "empty_caption") is decoded
