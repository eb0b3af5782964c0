"""The report stage on the kept lake: what the page says of corpora, and that it says what is not stored."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from attributed import index_attributes
from published_counts import kept_lake

from jobs.cli import main
from jobs.lake.lake import Lake
from jobs.results.corpora import corpus_traits as traits
from jobs.settings.loading import load_settings


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of the kept lake, whose page has no scripts of others."""
    return kept_lake(tmp_path)


def words(config: Path, *options: str) -> str:
    """The text of the page, without its elements."""
    assert main(["report", str(config), *options]) == 0
    page = (config.parent / "report.html").read_text(encoding="utf-8")
    return " ".join(re.sub(r"<script.*?</script>|<style.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL).split())


def test_what_a_corpus_is_like_as_far_as_it_is_stored(config: Path) -> None:
    told = words(config)
    assert "What tiny is like" in told and "captions that repeat an earlier one 0 0.0 %" in told
    assert "Formats of decoded images of 9 samples" in told and "PNG 9 100.0 %" in told
    assert "language: set `attributes: [language]`, and run `conceptfreq attributes`" in told
    assert "images that repeat others: set `images.hashes: [bytes]`" in told and "image_size" not in told


def test_languages_and_repeated_captions(config: Path) -> None:
    lake = Lake(None, str(config.parent / "lake"))
    rows = lake.rows("samples")
    rows[1]["caption"] = rows[0]["caption"]
    lake.replace_rows("samples", {}, rows)
    indexed = ["--set", "attributes=[language, image_size]"]
    index_attributes(load_settings(str(config), ["attributes=[language, image_size]"]))
    told = words(config, *indexed)
    assert "captions that repeat an earlier one 1 11.1 %" in told
    assert "Languages of captions of 9 samples" in told and "as the corpus states it of 9 samples" in told


def test_images_that_repeat_others(config: Path) -> None:
    settings = load_settings(str(config), ["images.hashes=[bytes]"])
    lake = Lake(None, settings.lake)
    _with_hashes(config, lake)
    told = words(config, "--set", "images.hashes=[bytes]")
    assert "images (of usable samples) 9 100.0 % images that repeat an earlier one 2 22.2 %" in told


def _with_hashes(config: Path, lake: Lake) -> None:
    """The rows of images under the spec of settings that ask for hashes, three of them with the same."""
    from jobs.core.context import Context
    from jobs.core.stage_specs import images_spec

    settings = load_settings(str(config), ["images.hashes=[bytes]"])
    context = Context.looking(settings, lake, "report")
    spec = images_spec(settings, settings.corpora[0], context.identities).id
    rows = lake.rows("image_features")
    for number, row in enumerate(rows):
        row |= {"spec": spec, "sha256": bytes([max(2, number)]) * 32}
    lake.replace_rows("image_features", {}, rows)
    done = [row for row in lake.rows("shards") if row["stage"] == "images"]
    lake.replace_rows("shards", {"spec": spec}, [{**row, "spec": spec} for row in done])


def test_a_large_corpus_is_left_to_its_own_command(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traits, "MOST", 8)
    told = words(config)
    assert "of more than 8 samples, only `conceptfreq corpus` counts languages" in told
    assert "Formats of decoded images" not in told


def test_nothing_read_says_nothing(config: Path) -> None:
    shutil.rmtree(config.parent / "lake")
    told = words(config)
    assert "What tiny is like" not in told
