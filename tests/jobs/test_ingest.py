"""A corpus of which nothing can be read is a wrong setting, not bad data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import offspark
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tiny

from jobs import ingest
from jobs.cli import main
from jobs.core.context import Context
from jobs.core.errors import StageFailed
from jobs.core.lineage import reader_options
from jobs.core.settings import Corpus, Settings


def corpus(folder: Path, *columns: str) -> dict[str, Any]:
    """A Parquet corpus with a shard a name of `columns`, its captions in the column of that name."""
    (folder / "corpus").mkdir()
    for number, column in enumerate(columns):
        pq.write_table(pa.table({column: ["a dog", "a cat"]}), folder / "corpus" / f"{number}.parquet")
    return {"name": "alt", "format": "parquet", "path": str(folder / "corpus"), "options": {"caption": "alt"}}


def read(folder: Path, given: dict[str, Any]) -> Context:
    settings = Settings.model_validate(tiny.settings_dict(folder, corpora=[given]))
    return Context(settings, offspark.finish(settings, ("ingest",)))


def test_an_option_that_fits_no_shard_is_refused_in_one_sentence(tmp_path: Path) -> None:
    context = read(tmp_path, corpus(tmp_path, "text", "text", "text"))
    with pytest.raises(
        StageFailed, match=r"corpus alt: none of its 3 shards can be read.*no column alt; the columns are"
    ):
        ingest.refuse_unreadable(context, context.settings.corpora[0])


@pytest.mark.parametrize("columns", [("alt", "text"), ("text", "label")])
def test_bad_shards_beside_good_ones_or_for_several_reasons_are_data(tmp_path: Path, columns: tuple[str, ...]) -> None:
    context = read(tmp_path, corpus(tmp_path, *columns))
    ingest.refuse_unreadable(context, context.settings.corpora[0])


def test_the_member_of_captions_is_part_of_the_spec_where_it_is_not_the_usual_one() -> None:
    plain = {"name": "set", "format": "webdataset", "path": "sets"}
    assert reader_options(Corpus(**plain)) == reader_options(Corpus(**plain, options={"caption": "txt"})) == {}
    assert reader_options(Corpus(**plain, options={"caption": "cls"})) == {"caption": "cls"}
    with pytest.raises(ValueError, match=r"options.*caption is 'png'"):
        Corpus(**plain, options={"caption": "png"})


def test_a_run_exits_with_1_however_often_it_is_started(
    spark: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = tiny.write_settings(tmp_path, corpora=[corpus(tmp_path, "text", "text")])
    for _ in range(2):
        caplog.clear()
        assert main(["ingest", str(settings)]) == 1
        assert caplog.text.count("none of its 2 shards can be read") == 1
