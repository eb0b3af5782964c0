"""The drawn corpus beside its truth, read back by plain tarfile code and by the product's own reader."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jobs.concepts.lists import read_list
from jobs.loop.draw import draw
from jobs.loop.glyphs import load_glyphs
from jobs.loop.plan import CorpusDesign, plan_pairs
from jobs.loop.truth import Truth, read_truth
from jobs.settings.corpora import ConceptList
from udfs.shards.registry import reader

Drawn = tuple[Path, Truth]


def files_of(folder: Path) -> dict[str, str]:
    """Digest by relative path of everything below a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def members(shard: Path) -> dict[str, bytes]:
    with tarfile.open(shard) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]


def test_two_draws_of_one_seed_are_equal_to_the_byte(drawn: Drawn, drawing: CorpusDesign, tmp_path: Path) -> None:
    draw(drawing, tmp_path / "again")
    draw(replace(drawing, seed=4), tmp_path / "other")
    first, again, other = (files_of(folder) for folder in (drawn[0], tmp_path / "again", tmp_path / "other"))
    assert first == again
    assert first.keys() == other.keys()
    assert {name for name in first if first[name] == other[name]} == {"concepts.txt", "concepts.yaml"}


def test_a_second_draw_replaces_the_first(drawing: CorpusDesign, tmp_path: Path) -> None:
    draw(replace(drawing, shards=5), tmp_path)
    draw(drawing, tmp_path)
    assert sorted(path.name for path in (tmp_path / "corpus").iterdir()) == ["00000.tar", "00001.tar", "00002.tar"]


def test_frequencies_are_those_of_the_captions(drawn: Drawn) -> None:
    folder, truth = drawn
    named: Counter[str] = Counter()
    for shard in sorted((folder / "corpus").glob("*.tar")):
        for name, data in members(shard).items():
            if name.endswith(".txt"):
                words = set(data.decode().split())
                named.update(glyph.noun for glyph in load_glyphs(6) if words & {glyph.noun, glyph.plural})
    assert dict(zip(truth.concepts.concept, truth.concepts.text_frequency, strict=True)) == {
        glyph.noun: named[glyph.noun] for glyph in load_glyphs(6)
    }


def test_synonyms_change_captions_alone(drawn: Drawn, drawing: CorpusDesign, tmp_path: Path) -> None:
    folder, truth = drawn
    other = draw(replace(drawing, synonyms=0.5), tmp_path)
    assert other.concepts.equals(truth.concepts) and other.summary["misaligned"] == truth.summary["misaligned"]
    changed = truth.samples.caption != other.samples.caption
    said = {glyph.noun: {glyph.synonym, glyph.synonym_plural} for glyph in load_glyphs(6) if glyph.synonym}
    with_synonym = truth.samples.nouns.map(lambda nouns: not said.keys().isdisjoint(nouns))
    assert changed[~with_synonym].sum() == 0 and 0.3 < changed[with_synonym].mean() < 0.7
    for caption, nouns in other.samples.loc[changed, ["caption", "nouns"]].values:
        assert set(caption.split()) & set().union(*(said.get(noun, set()) for noun in nouns)), caption
    images = [{name: data for name, data in members(root / "corpus" / "00000.tar").items() if name.endswith(".jpg")}
              for root in (folder, tmp_path)]  # fmt: skip
    assert images[0] == images[1]
    listed = read_list(ConceptList(name="glyphs", file=str(tmp_path / "concepts.yaml")))
    assert list(listed.names) == other.concepts.concept.tolist()
    assert dict(listed.definitions)["airplane"].aliases == ("plane",) and "alpha" not in dict(listed.definitions)


def test_truth_agrees_with_itself(drawn: Drawn) -> None:
    _, truth = drawn
    samples, summary = truth.samples, truth.summary
    apart = [bool(nouns) and not set(nouns) & set(glyphs) for nouns, glyphs in samples[["nouns", "glyphs"]].values]
    assert apart == samples.wrong.tolist() == samples.misaligned.tolist()
    assert summary["misaligned"] == sum(apart) > 0
    assert summary["degree"] == pytest.approx(sum(apart) / len(samples))
    assert summary["found_text"] == len(samples) - samples.missing.sum()
    assert not (samples.wrong & samples.missing).any()
    assert all(samples[kind].any() for kind in ("wrong", "missing", "plural"))
    assert truth.concepts.image_frequency.sum() == len(samples) + summary["two_glyphs"]
    assert (truth.concepts.integrated <= truth.concepts[["text_frequency", "image_frequency"]].min(axis=1)).all()


def test_truth_is_read_as_it_was_made(drawn: Drawn) -> None:
    folder, truth = drawn
    read = read_truth(folder / "truth")
    assert read.concepts.equals(truth.concepts)
    assert read.summary == truth.summary
    assert [list(nouns) for nouns in read.samples.nouns] == truth.samples.nouns.tolist()
    assert read.samples.caption.tolist() == truth.samples.caption.tolist()


def test_shards_are_what_the_reader_takes(drawn: Drawn) -> None:
    folder, truth = drawn
    read = []
    for shard in ("00000.tar", "00001.tar", "00002.tar"):
        for sample in reader("webdataset", {}).read(str(folder / "corpus" / shard), shard):
            assert (sample.status, sample.width, sample.height) == ("ok", 32, 32)
            assert sample.image is not None
            read.append((shard, sample.sample, sample.caption))
    assert read == list(truth.samples[["shard", "sample", "caption"]].itertuples(index=False, name=None))


def test_members_follow_img2dataset(drawn: Drawn) -> None:
    inside = members(drawn[0] / "corpus" / "00001.tar")
    assert list(inside)[:3] == ["000010000.jpg", "000010000.txt", "000010000.json"]
    described = json.loads(inside["000010000.json"])
    assert described["caption"] == inside["000010000.txt"].decode()
    assert described["sha256"] == hashlib.sha256(inside["000010000.jpg"]).hexdigest()
    assert (described["key"], described["status"]) == ("000010000", "success")


def test_evaluation_images_are_fresh_and_named(drawn: Drawn, drawing: CorpusDesign) -> None:
    folder, _ = drawn
    inside = members(folder / "evaluation" / "00000.tar")
    captions = Counter(data.decode() for name, data in inside.items() if name.endswith(".txt"))
    concepts = (folder / "concepts.txt").read_text().splitlines()
    assert captions == dict.fromkeys(concepts, drawing.evaluation_images_per_concept)
    seen = {data for shard in (folder / "corpus").glob("*.tar") for data in members(shard).values()}
    fresh = [data for name, data in inside.items() if name.endswith(".jpg")]
    assert not seen & set(fresh)
    assert Image.open(io.BytesIO(fresh[0])).size == (32, 32)


def test_the_default_corpus_has_its_shares_and_decades() -> None:
    pairs = plan_pairs(CorpusDesign())
    assert len(pairs) == 20_232
    shares = [
        sum(pair.wrong for pair in pairs),
        sum(pair.missing for pair in pairs),
        sum(len(pair.shown) == 2 for pair in pairs),
        sum(pair.plural for pair in pairs),
    ]
    # Plurals are a share of the captions that name one concept.
    assert np.array(shares) / len(pairs) == pytest.approx([0.02, 0.05, 0.05, 0.138], abs=0.01)
    frequency = Counter(pair.shown[0].noun for pair in pairs)
    decades = Counter(len(str(count)) for count in frequency.values())
    assert decades == {1: 30, 2: 30, 3: 30, 4: 6}


@pytest.mark.parametrize(
    "wrong", [{"plurals": 1.5}, {"wrong_captions": 0.6, "missing_nouns": 0.6}, {"min_frequency": 0}, {"shards": 0}]
)
def test_a_drawing_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong)).split("_")[-1]):
        CorpusDesign(**wrong)  # type: ignore[arg-type]
