"""Runs that are killed at random moments, started again until they finish, and compared with an undisturbed run.

A chain is one lake: its runs are killed a few times, one after another, and then it is let finish. A seed draws the
victims and the moments, over the whole length of the undisturbed run: each kind and each quarter equally often. A kill
counts only if it met a living process. What came too late, or found nobody, is drawn again.
"""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

import lakes
import processes
from deltalake import DeltaTable
from processes import KILLED

# Kills of one lake before it is let finish, and lakes with other tables than they should have before a campaign ends.
CHAIN = 4
FAULTS = 3
# A run that takes this many times as long as the undisturbed one hangs. Others may use the machine.
PATIENCE = 10
AT_LEAST = 300  # s
UNDISTURBED = "undisturbed"
Drawn = TypeVar("Drawn")
# How a run ends that met an error which it does not know.
SPEECHLESS = ("Traceback", "shows the whole stack")


@dataclass
class Started:
    """A run that was started: its process, which leads a group, and the file that has all it said."""

    process: subprocess.Popen[Any]
    log: Path
    since: float = field(default_factory=time.monotonic)

    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.since

    def lasts(self, moment: float) -> bool:
        """Wait until so many seconds after the start; whether the process still runs then."""
        try:
            self.process.wait(max(0.0, moment - self.seconds()))
        except subprocess.TimeoutExpired:
            return True
        return False

    def said(self) -> str:
        """The end of what it said."""
        return self.log.read_text(errors="replace")[-3000:]


class Door(Protocol):
    """One way to run the program."""

    name: str
    # Each kind of victim, and how a run ends by its death: with an exit status, or None if the run goes on.
    victims: Mapping[str, int | None]

    def start(self, lake: str) -> Started:
        """Start the run into the lake of this name, as a user would."""

    def living(self, victim: str, run: Started) -> list[list[int]]:
        """The victims of a kind that live now, each as the processes of which it consists."""

    def revive(self, victim: str) -> None:
        """Start again what was killed, where it is not the run itself."""

    def folder(self, lake: str) -> Path:
        """A local folder with the lake's tables."""


@dataclass(frozen=True)
class Kill:
    """One kill that met a living process. moment: in shares of the undisturbed run's length."""

    victim: str
    moment: float


@dataclass
class Measured:
    """What a campaign found. survived: kills of lakes that ended with equal tables; late: kills that met nobody."""

    door: str
    seed: int
    length: float = 0.0
    kills: list[Kill] = field(default_factory=list)
    late: int = 0
    starts: int = 0
    lakes: int = 0
    equal: int = 0
    survived: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


class Campaign:
    """The kills at one door."""

    def __init__(self, door: Door, seed: int) -> None:
        self._door = door
        self._draw = random.Random(f"{seed} {door.name}")
        self._victims = _each_in_turn(self._draw, sorted(door.victims))
        self._quarters = _each_in_turn(self._draw, range(4))
        self.measured = Measured(door.name, seed)

    def run(self, kills: int) -> Measured:
        """Kill so many times; every lake that differs, and every run that ends as it should not, is a fault."""
        measured, since = self.measured, time.monotonic()
        try:
            self._undisturbed()
            while len(measured.kills) < kills and len(measured.faults) < FAULTS:
                measured.lakes += 1
                self._judge(f"lake-{measured.lakes}", min(CHAIN, kills - len(measured.kills)))
        finally:
            measured.seconds = time.monotonic() - since
        return measured

    def _undisturbed(self) -> None:
        run = self._door.start(UNDISTURBED)
        status = run.process.wait()
        assert status == 0, f"{self._door.name}: the undisturbed run ended with {status}:\n{run.said()}"
        self.measured.length = run.seconds()

    def _judge(self, lake: str, room: int) -> None:
        """One chain, and whether its tables are equal in the end."""
        kills: list[Kill] = []
        try:
            self._chain(lake, room, kills)
            lakes.assert_equal(self._door.folder(lake), self._door.folder(UNDISTURBED))
        except AssertionError as fault:
            told = ", ".join(f"{kill.victim} at {kill.moment:.0%}" for kill in kills)
            self.measured.faults.append(f"{self._door.name}, seed {self.measured.seed}, {lake} ({told}): {fault}")
        else:
            self.measured.equal += 1
            self.measured.survived += len(kills)
        self.measured.kills += kills

    def _chain(self, lake: str, room: int, kills: list[Kill]) -> None:
        """Start a lake again and again until a run comes to its end; at most `room` kills, which are added to `kills`.

        It comes to an end by itself: after the last kill nothing is in the way.
        """
        while True:
            run = self._door.start(lake)
            self.measured.starts += 1
            struck = self._disturb(run, room - len(kills))
            status = self._ending(run)
            expected = self._door.victims[struck[-1].victim] if struck else None
            if status == 0 and expected == KILLED:
                # It ended by itself in the very moment of the kill.
                struck.pop()
                self.measured.late += 1
            kills += struck
            if status == 0:
                return
            assert status == expected, f"exit status {status} instead of {expected or 0}:\n{run.said()}"
            if status != KILLED:
                self._check_last_words(lake, run)

    def _disturb(self, run: Started, room: int) -> list[Kill]:
        """Kill until the run ends by it, or has had `room` kills, or is over."""
        kills: list[Kill] = []
        while len(kills) < room and (kill := self._next(run)):
            kills.append(kill)
            self._door.revive(kill.victim)
            if self._door.victims[kill.victim] is not None:
                break
        return kills

    def _next(self, run: Started) -> Kill | None:
        """Wait for a moment and kill; where nobody is there, for another one in what is left of the length."""
        length = self.measured.length
        while (now := run.seconds()) < length:
            victim, which = next(self._victims), self._draw.random()
            moment = now + (next(self._quarters) + self._draw.random()) / 4 * (length - now)
            lasts = run.lasts(moment)
            found = self._door.living(victim, run) if lasts else []
            if found and processes.kill(found[int(which * len(found))]):
                return Kill(victim, moment / length)
            self.measured.late += 1
            if not lasts:
                break
        return None

    def _ending(self, run: Started) -> int:
        limit = max(AT_LEAST, PATIENCE * self.measured.length)
        try:
            return run.process.wait(limit)
        except subprocess.TimeoutExpired:
            processes.kill([run.process.pid, *processes.descendants(run.process.pid)])
            raise AssertionError(f"still running after {limit:.0f} s:\n{run.said()}") from None

    def _check_last_words(self, lake: str, run: Started) -> None:
        """A run that outlived what it stood on says so, and has called no shard failed."""
        words = run.said()
        *_, last = words.partition(" ERROR ")
        said = last and not any(sign in last for sign in SPEECHLESS)
        assert said, f"it did not say in a line what happened and what to do:\n{words}"
        ledger = self._door.folder(lake) / "shards"
        if DeltaTable.is_deltatable(str(ledger)):
            states = DeltaTable(str(ledger)).to_pyarrow_table(columns=["state"])["state"].to_pylist()
            assert set(states) <= {"done"}, f"shards are called {set(states)}:\n{words}"


def _each_in_turn(draw: random.Random, what: Sequence[Drawn]) -> Iterator[Drawn]:
    """All in an order that chance gives, again and again: a few draws hold each as often as any other."""
    while True:
        yield from draw.sample(what, len(what))
