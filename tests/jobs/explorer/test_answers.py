"""What is kept of answers stays within its bounds, and is made once."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
import tiny

from jobs.explorer import answers
from jobs.explorer.answers import Answers, Shelf
from jobs.explorer.kept import picture


def test_many_who_ask_the_same_wait_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf: Shelf = Shelf(SimpleNamespace())  # type: ignore[arg-type]
    made: list[int] = []

    def make() -> bytes:
        made.append(1)
        time.sleep(0.05)
        return b"x"

    threads = [threading.Thread(target=lambda: shelf.kept("key", make, len)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_a_picture_does_not_wait_for_its_own_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "TURNS", 1)
    row = {"corpus": "tiny", "shard": "0.tar", "ordinal": 0, "caption": None, "url": None}
    lake = SimpleNamespace(samples=lambda keys: [row], images=lambda rows: [(row, tiny.picture(0))])
    shelf, made = Shelf(lake), list[bytes]()  # type: ignore[arg-type]
    asking = threading.Thread(target=lambda: made.append(picture(shelf, ("tiny", "0.tar", 0))), daemon=True)
    asking.start()
    asking.join(30)
    assert made and made[0][8:12] == b"WEBP"


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "KEPT", 1_000)
    shelf = Shelf(SimpleNamespace())  # type: ignore[arg-type]
    for number in range(100):
        assert shelf.kept(number, lambda: b"x" * 100, len) == b"x" * 100
    assert shelf.kept("large", lambda: b"x" * 2_000, len) == b"x" * 2_000, "answered, and not kept"
    made: list[int] = []
    shelf.kept(99, lambda: made.append(1), lambda _: 1)
    shelf.kept(1, lambda: made.append(1), lambda _: 1)
    assert made == [1], "the last one was kept, an early one was not"


def test_a_snapshot_is_renewed_when_the_lake_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "FRESH", 0.0)
    monkeypatch.setattr(answers, "PATIENCE", 0)

    class Changing:
        """A run whose lake is written, and then cannot be read."""

        now: int | None = 1

        def version(self) -> tuple[int, ...]:
            if self.now is None:
                raise OSError("gone")
            return (self.now,)

        def snapshot(self) -> Any:
            return SimpleNamespace(names=list, fits=list)

    run = Changing()
    served = Answers(run)  # type: ignore[arg-type]
    first = served.now()
    assert served.now() is first
    run.now = 2
    until = time.monotonic() + 30
    while served.now() is first:
        assert time.monotonic() < until
    second = served.now()
    run.now = None
    for _ in range(20):
        assert served.now() is second, "shown as it was"
        time.sleep(0.01)
