"""`senses` finds what stands beside a name in a kept lake whose postings are drawn, by the driver as by Spark."""

from __future__ import annotations

import csv
import io
import logging
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from postings_of import store_postings
from published_counts import kept_lake

from jobs import open_run
from jobs.cli import arguments_of, main
from jobs.core import reading
from jobs.core.context import Context
from jobs.errors import ConceptfreqError
from jobs.lake.lake import Lake
from jobs.results.counts.presence import PRESENCE
from jobs.results.samples.senses import SENSES, senses
from jobs.settings.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
BIRD = ("bird", "marsh", "heron", "wing")
SITE = ("construction", "tower", "site", "steel")
SHARDS, EACH = 3, 200
THRESHOLD = 0.5

Held = dict[tuple[int, int], Any]


def corpus(senses: int) -> tuple[Held, Held]:
    """Nouns and labels of samples: a third names a crane, in one sense or in two; images show the bird."""
    random = np.random.default_rng(0)
    words: Held = {}
    labels: Held = {}
    for place in ((shard, ordinal) for shard in range(SHARDS) for ordinal in range(EACH)):
        kind = BIRD if senses == 1 or random.random() < 0.5 else SITE
        named = random.random() < 0.6
        held = {key for key in kind if random.random() < (0.45 if named else 0.05)} | {"photo"}
        words[place] = held | ({"crane"} if named else set())
        seen = named and kind is BIRD and random.random() < 0.8
        labels[place] = {"crane": 0.9 if seen else 0.2, "tiger": 0.7 if random.random() < 0.1 else 0.3}
    # Two captions and two images could not be searched.
    words[0, 0] = words[1, 1] = labels[0, 1] = labels[2, 2] = None
    return words, labels


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of the kept lake with cranes of two senses."""
    path = kept_lake(tmp_path)
    fill(path, 2)
    return path


def fill(config: Path, senses: int) -> None:
    """Replace the postings of a kept lake."""
    store_postings(Lake(None, str(config.parent / "lake")), *corpus(senses))


def rows(capsys: pytest.CaptureFixture[str], config: Path, *words: str, status: int = 0) -> list[dict[str, str]]:
    assert main(["senses", str(config), *words]) == status
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def test_two_senses(config: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    found = rows(capsys, config, "crane", "--threshold", str(THRESHOLD))
    words, labels = corpus(2)
    assert {row["key"] for row in found if row["use"]} == {*BIRD, *SITE}
    assert open_run(str(config)).senses("crane", THRESHOLD)["key"].tolist() == [row["key"] for row in found]
    # Neither the name itself, nor its label, nor what stands beside everything.
    assert not {"crane", "photo"} & {row["key"] for row in found}
    named = {place for place, held in words.items() if held is not None and "crane" in held}
    searched = sum(held is not None for held in words.values())
    for row in (row for row in found if row["kind"] == "noun"):
        own = {place for place, held in words.items() if held is not None and row["key"] in held}
        assert (int(row["pairs"]), int(row["samples_key"])) == (len(own & named), len(own))
        assert float(row["expected"]) == pytest.approx(len(named) * len(own) / searched)
    for keys, others, presence in ((BIRD, SITE, 0.8), (SITE, BIRD, 0.0)):
        [use] = {row["use"] for row in found if row["key"] in keys}
        only = {place for place in named if words[place] & set(keys) and not words[place] & set(others)}
        seen = [labels[place]["crane"] > THRESHOLD for place in only if labels[place] is not None]
        row = next(row for row in found if row["use"] == use)
        assert int(row["samples_use"]) == len(only)
        assert float(row["presence"]) == pytest.approx(sum(seen) / len(seen))
        assert float(row["presence"]) == pytest.approx(presence, abs=0.1)
        assert float(row["presence_low"]) <= float(row["presence"]) <= float(row["presence_high"])
    assert f"tiny: {len(named):,} captions hold 'crane', in 2 uses; 1: " in caplog.text


def test_one_sense_and_what_cannot_be_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    config = kept_lake(tmp_path)
    assert rows(capsys, config, "dog", status=1) == []
    assert "tiny: 3 captions hold 'dog': too few to tell uses apart" in caplog.text
    fill(config, 1)
    found = rows(capsys, config, "crane")
    assert {row["key"] for row in found} == set(BIRD) and not any(row["use"] for row in found)
    assert "captions hold 'crane': what stands beside it tells no uses apart" in caplog.text
    assert rows(capsys, config, "zyzzyva", status=1) == []
    assert "tiny: 0 captions hold 'zyzzyva': too few to tell uses apart" in caplog.text


def test_a_name_without_a_label(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Images cannot say whether they show a wing, and its uses have no share of them."""
    found = rows(capsys, config, "wing")
    assert found and not any(row["presence"] for row in found)


def test_spark_finds_the_same(spark: Any, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.model_validate(yaml.safe_load(config.read_text()))
    found = []
    for here in (reading.SAMPLES_HERE, -1):
        monkeypatch.setattr(reading, "SAMPLES_HERE", here)
        context = Context.looking(settings, Lake(spark, settings.lake), "senses")
        found.append(senses(context, settings.corpora[0], "crane", THRESHOLD).rows)
    assert found[0] == found[1] and found[0] and list(found[0][0]) == SENSES.names


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["737"], 1, "text search cannot answer '737'"),
        (["crane", "--threshold", "0.0001"], 2, "tags are stored above the floor"),
        (["crane", "--corpus", "other"], 2, "no corpus 'other'"),
        (["crane", "--set", "captions=null"], 2, "has no text search"),
        (["crane", "--set", "corpora=[]"], 1, "uses of a name are told apart by samples, and no corpus is named"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    config: Path, caplog: pytest.LogCaptureFixture, words: list[str], status: int, message: str
) -> None:
    assert main(["senses", str(config), *words]) == status
    assert message in caplog.text


def test_no_samples_are_no_empty_answer(config: Path) -> None:
    settings = yaml.safe_load(config.read_text()) | {"corpora": []}
    with pytest.raises(ConceptfreqError, match="uses of a name are told apart by samples"):
        open_run(settings).senses("crane")


def test_the_page_says_what_is_there() -> None:
    page = (ROOT / "docs" / "senses.md").read_text()
    [commands] = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    for command in commands.splitlines():
        assert arguments_of(shlex.split(command)[1:]).command in ("presence", "senses", "samples")
    for table, schema in zip(page.split("| column |")[1:], (PRESENCE, SENSES), strict=True):
        cells = [line.split("|")[1] for line in table.split("\n\n")[0].splitlines()[2:]]
        assert re.findall(r"`(\w+)`", " ".join(cells)) == schema.names
