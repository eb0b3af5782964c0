"""The commands of the closed loop: what they refuse, and when they find their work done."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from jobs.commands import loop
from jobs.errors import SettingsError
from jobs.loop import stamps
from jobs.settings.settings import Settings


def settings(**section: Any) -> Settings:
    return Settings(name="small", lake="./lake", loop=section or None)


def arguments(**given: Any) -> Namespace:
    return Namespace(**{"dry_run": False, "json": False, "new_spec": False, **given})


def test_the_section_is_needed() -> None:
    for command in (loop.draw, loop.train, loop.demo):
        with pytest.raises(SettingsError, match="small: the closed loop needs the section 'loop'"):
            command(settings(), arguments())


def test_an_unknown_key_is_refused_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match="loop.drawing: unknown key 'shard'; did you mean 'shards'?"):
        loop.draw(settings(folder="x", drawing={"shard": 3}), arguments())
    with pytest.raises(SettingsError, match="loop.training: unknown key 'step'; did you mean 'steps'?"):
        loop.train(settings(folder="x", training={"step": 3}), arguments())


def test_a_bad_value_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="loop.drawing.shards: .*integer"):
        loop.draw(settings(folder="x", drawing={"shards": "many"}), arguments())
    with pytest.raises(SettingsError, match="loop.drawing: .*plurals is 2"):
        loop.draw(settings(folder="x", drawing={"plurals": 2}), arguments())


def test_there_must_be_a_corpus_to_train_on(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="run `conceptfreq draw`"):
        loop.train(settings(folder=str(tmp_path)), arguments())


def test_a_dry_run_draws_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert loop.draw(settings(folder=str(tmp_path / "new")), arguments(dry_run=True)) == 0
    assert "shards=8" in capsys.readouterr().out
    assert not (tmp_path / "new").exists()


def test_the_demo_names_the_section_that_is_absent(tmp_path: Path) -> None:
    corpus = {"name": "glyphs", "format": "webdataset", "path": str(tmp_path / "corpus")}
    with pytest.raises(SettingsError, match="the demo needs the section 'captions'"):
        loop.demo(Settings(name="small", lake="./x", corpora=[corpus], loop={"folder": str(tmp_path)}), arguments())


def test_a_stamp_stands_only_for_finished_work(tmp_path: Path) -> None:
    stamp = tmp_path / "drawn.json"
    assert stamps.stamped(stamp) is None
    stamps.make(stamp, {"seed": 1}, lambda: None)
    assert stamps.stamped(stamp) == {"seed": 1}

    def killed() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stamps.make(stamp, {"seed": 2}, killed)
    assert stamps.stamped(stamp) is None


def test_half_a_stamp_is_none(tmp_path: Path) -> None:
    (tmp_path / "drawn.json").write_text('{"seed": 1')
    assert stamps.stamped(tmp_path / "drawn.json") is None
