"""`concepts`: the nouns of captions and prompts, as a list that text search finds again."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
import tiny

from jobs.cli import main
from jobs.concepts.lists import list_names
from jobs.settings.corpora import ConceptList


def test_nouns_of_a_corpus_by_how_many_captions_hold_them(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    tiny.corpus(tmp_path / "corpus")
    tiny.write_shard(tmp_path / "corpus" / "more.tar", [("a", None, tiny.picture(1)), ("b", "dogs and a dog", None)])
    settings, output = str(tiny.write_settings(tmp_path)), tmp_path / "out" / "list.csv"
    assert main(["concepts", settings, "--from-captions", "tiny", "--min", "2", "--output", str(output)]) == 0
    assert output.read_text() == "concept,captions\ndog,4\ncat,3\nbicycle,2\n"
    assert "tiny: 1 samples have no caption: no_caption" in caplog.text
    assert list_names(ConceptList(name="made", file=str(output))) == ("dog", "cat", "bicycle")
    assert not (tmp_path / "lake").exists()


def test_nouns_of_prompts(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    settings, prompts = str(tiny.write_settings(tmp_path)), tmp_path / "prompts.txt"
    text = b"a zebra beside a horse\r\n\n\xff horses\ncats"
    prompts.write_bytes(text)
    assert main(["concepts", settings, "--from-prompts", str(prompts)]) == 0
    found = capsys.readouterr().out
    assert found == "concept,captions\nhorse,2\ncat,1\nzebra,1\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert main(["concepts", settings, "--from-prompts", "-"]) == 0
    assert capsys.readouterr().out == found


def test_what_holds_no_noun_writes_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings, prompts, output = str(tiny.write_settings(tmp_path)), tmp_path / "prompts.txt", tmp_path / "out.csv"
    for text, said in (("", "no noun is in 0 captions"), ("737\n", "no noun is in 1 captions")):
        prompts.write_text(text)
        assert main(["concepts", settings, "--from-prompts", str(prompts), "--output", str(output)]) == 1
        assert said in caplog.text
    prompts.write_text("a cat\n")
    assert main(["concepts", settings, "--from-prompts", str(prompts), "--min", "2", "--output", str(output)]) == 1
    assert "the most frequent is in 1" in caplog.text and not output.exists()
    assert main(["concepts", settings, "--from-prompts", str(tmp_path / "none.txt")]) == 2
    assert main(["concepts", settings, "--from-captions", "coco"]) == 2
    assert "no evaluation set or corpus 'coco'; there are: tiny" in caplog.text
