"""The report stage on the kept lake: what the page says of corpora, and that it says what is not stored."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import tiny
import yaml
from attributed import index_attributes
from PIL import Image
from published_counts import kept_lake

import jobs.results.samples.card_parts
from jobs.cli import main
from jobs.core.context import Context
from jobs.core.stage_specs import images_spec
from jobs.lake.lake import Lake
from jobs.report_page.browser_libraries import browser_libraries
from jobs.results.corpora import corpus_traits as traits
from jobs.results.samples.card_parts import card_parts
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
    assert "language: set attributes: [language] , and run conceptfreq attributes" in told
    assert "images that repeat others: set images.hashes: [bytes]" in told and "image_size" not in told


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
    assert "of more than 8 samples, only conceptfreq corpus counts languages" in told
    assert "Formats of decoded images" not in told


def test_nothing_read_says_nothing(config: Path) -> None:
    shutil.rmtree(config.parent / "lake")
    told = words(config)
    assert "What tiny is like" not in told


DEFINED = """
- {concept: dog, any: [puppy, cat], none: [mat]}
- cat
- {concept: bicycle, roll_up: true}
- {concept: tiger, parent: bicycle}
"""


def parts(config: Path, *options: str) -> dict[str, Any]:
    """The parts of concepts in the numbers of the page."""
    (config.parent / "defined.yaml").write_text(DEFINED, encoding="utf-8")
    settings = yaml.safe_load(config.read_text())
    settings["concepts"] = [{"name": "words", "file": str(config.parent / "defined.yaml")}]
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    checked = load_settings(str(config), list(options))
    found = card_parts(Context.looking(checked, Lake(None, checked.lake), "report"))
    return {"parts": found.parts, **found.counts}


def test_the_parts_of_concepts_with_their_samples(config: Path) -> None:
    found = parts(config)
    own = [("name", "dog"), ("alias", "puppy"), ("alias", "cat"), ("union", None), ("excluded", "mat")]
    below = [("bicycle", "name", "bicycle"), ("bicycle", "own", None), ("bicycle", "below", "tiger")]
    assert found["parts"] == (*(("dog", *one) for one in own), *below)
    # tiny.CAPTIONS
    assert found["tiny, text search"] == (3, 0, 3, 5, 1, 2, 2, 1)


def test_parts_are_counted_by_images_if_no_caption_is_searched(config: Path) -> None:
    assert list(parts(config, "captions=null")) == ["parts", "tiny, image search above 0.5"]


@pytest.mark.parametrize("bound", ["SAMPLES", "PARTS"])
def test_many_parts_or_samples_are_named_only(config: Path, bound: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs.results.samples.card_parts, bound, 7)
    found = parts(config)
    assert len(found["parts"]) == 8 and list(found) == ["parts"]


SAMPLES = "report.samples={without: [cat], search: text, per_concept: 2, seed: 3}"


def page(config: Path, *options: str) -> str:
    assert main(["report", str(config), *(word for option in options for word in ("--set", option))]) == 0
    return (config.parent / "report.html").read_text(encoding="utf-8")


def numbers(text: str) -> dict[str, Any]:
    found = re.search(r'id="numbers">(.*?)</script>', text, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


@pytest.mark.skipif(browser_libraries() is None, reason="the extra `report` is not installed")
def test_samples_with_their_images(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The images are in the page, and are read again only if something else is drawn."""
    plain = page(config)
    assert "img-src" not in plain and not numbers(plain)["strips"]["samples"]
    tiny.corpus(config.parent / "corpus", images=True)
    shown = page(config, SAMPLES)
    assert "img-src data:" in shown
    read = numbers(shown)
    strips, at = read["strips"], {name: place for place, name in enumerate(read["concepts"])}
    of_dog = [strips["samples"][place] for place in strips["concepts"][str(at["dog"])]]
    assert {one["caption"] for one in of_dog} == {"a photo of a dog", "a red bicycle beside a dog"}
    assert str(at["cat"]) not in strips["concepts"] and not any("cat" in one["caption"] for one in strips["samples"])
    assert strips["told"].endswith("a search finds 'cat' (3).")
    for one in strips["samples"]:
        with Image.open(io.BytesIO(base64.b64decode(one["src"].removeprefix("data:image/webp;base64,")))) as image:
            assert image.format == "WEBP" and image.size == (24, 24)
    shutil.rmtree(config.parent / "corpus")
    assert page(config, SAMPLES) == shown, "nothing else is drawn, so nothing is read"
    other = numbers(page(config, SAMPLES.replace("seed: 3", "seed: 4")))["strips"]["samples"]
    assert other and all("reason" in one for one in other), "the images are gone"
    tiny.corpus(config.parent / "corpus", images=True)
    again = numbers(page(config, SAMPLES.replace("seed: 3", "seed: 4")))["strips"]["samples"]
    assert all("src" in one for one in again), "and asked for again, as they may come back"
