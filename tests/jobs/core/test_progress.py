"""How far work is, in words and on the line of a terminal, by a clock that the tests set."""

from __future__ import annotations

import io
import os
import sys

import pytest
from rich.console import Console

from jobs.core.live_line import LiveLine
from jobs.core.pace import MOST, Pace, Words, clock_time
from jobs.core.progress import Progress


class Clock:
    """Seconds as the test sets them."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def after_one_wave(clock: Clock, words: Words = Words()) -> Pace:  # noqa: B008
    """10 of 50 shards in 20 s, 4,000 samples with 30 rejects; a wave of 20 runs."""
    pace = Pace(50, words, clock)
    pace.wave = 10
    clock.now += 20
    pace.advance(10, 4_000, 30)
    pace.wave = 20
    return pace


def test_before_the_first_wave_is_through_only_the_time_is_known(clock: Clock) -> None:
    pace = Pace(50, clock=clock)
    pace.wave = 10
    clock.now += 65
    assert pace.estimated == 0
    assert pace.text() == "0/50 shards, 1:05"
    assert pace.text((3, 8)) == "0/50 shards, 3/8 tasks, 1:05"


def test_a_wave_that_is_through_gives_rates_and_the_time_left(clock: Clock) -> None:
    assert after_one_wave(clock).text() == "10/50 shards, 4,000 samples, 200/s, 0.8 % rejects, 1:20 left"


def test_it_moves_within_a_wave_and_says_that_this_is_an_estimate(clock: Clock) -> None:
    pace = after_one_wave(clock)
    clock.now += 10
    assert pace.estimated == 5
    assert pace.text((7, 40)) == "~15/50 shards, 4,000 samples, 200/s, 0.8 % rejects, 7/40 tasks, 1:10 left"


def test_a_wave_is_never_taken_for_done_before_it_is(clock: Clock) -> None:
    pace = after_one_wave(clock)
    clock.now += 1_000
    assert pace.estimated == MOST * 20
    pace.advance(20, 12_000, 90)
    assert pace.estimated == 0 and pace.text().startswith("30/50 shards, 12,000 samples")


def test_halves_of_a_wave_are_taken_off_it(clock: Clock) -> None:
    pace = after_one_wave(clock)
    pace.advance(15, 9_000, 30)
    clock.now += 1_000
    assert pace.estimated == MOST * 5


def test_words_are_those_of_the_work(clock: Clock) -> None:
    assert after_one_wave(clock, Words("steps", "pairs", None)).text() == "10/50 steps, 4,000 pairs, 200/s, 1:20 left"


def test_the_closing_line_has_the_sums(clock: Clock) -> None:
    assert after_one_wave(clock).closing() == "10 of 50 shards, 4,000 samples, 0.8 % rejects, 20 s"


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (59.6, "1:00"), (3_725, "1:02:05")])
def test_times_are_short(seconds: float, shown: str) -> None:
    assert clock_time(seconds) == shown


def drawn(line: LiveLine, width: int) -> str:
    screen = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    with screen.capture() as captured:
        screen.print(line._draw())
    return captured.get()


def test_the_line_has_label_bar_and_pace_and_moves(clock: Clock) -> None:
    line = LiveLine("captions coco", after_one_wave(clock), None)
    before = drawn(line, 140)
    assert before.startswith("captions coco ━") and before.rstrip().endswith("1:20 left") and before.count("\n") == 1
    clock.now += 10
    after = drawn(line, 140)
    assert after.count("━") > before.count("━") and "~15/50" in after


def test_a_narrow_terminal_still_gets_one_line(clock: Clock) -> None:
    shown = drawn(LiveLine("captions coco", after_one_wave(clock), None), 60)
    assert shown.count("\n") == 1 and "10/50" in shown


def test_no_terminal_gets_a_line_a_wave_and_no_other(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with Progress("captions", "coco", 4) as progress:
        progress.begin(4)
        progress.advance(4, 100)
        progress.line("a wave of %d shards", 4)
    assert caplog.messages == ["captions coco: a wave of 4 shards"]
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_the_line_and_at_the_end_the_sums(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    master, slave = os.openpty()
    monkeypatch.setenv("TERM", "xterm")
    with os.fdopen(slave, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        with Progress("captions", "coco", 4) as progress:
            progress.advance(4, 100)
            progress.line("a wave of %d shards", 4)
        seen = ""
        while "4/4 shards" not in seen:
            seen += os.read(master, 1 << 16).decode(errors="replace")
    os.close(master)
    assert "captions coco" in seen
    [said] = caplog.messages
    assert said.startswith("captions coco: 4 of 4 shards, 100 samples, 0.0 % rejects, ")
