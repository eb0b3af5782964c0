"""Runs images through models: reads ahead, decodes with several threads, stages, copies, computes; results in order.

At any time a pipeline holds compressed images of about twice `BYTES`, the pixels of two batches that wait for their
turn, and the batches in flight. Nothing here depends on Spark.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeVar

from udfs.images.decode.child_process import Apart
from udfs.images.decode.facts import Hash
from udfs.images.decode.policies import ImagePolicy
from udfs.images.decode.preparation import LIMIT, Pixels, Prepared, timed
from udfs.images.running import forwards
from udfs.images.running.batches_in_flight import Flights, Item
from udfs.images.running.forwards import ImageNetwork
from udfs.images.running.prefetch import Ahead
from udfs.shards.image_reads import UnreadImage
from udfs.statuses import OK

BYTES: Final = 32 << 20
PHASES: Final = ("read", "decode", "copy", "forward", "write", "idle")

Content = bytes | UnreadImage
Prepare = Callable[[bytes], tuple[Prepared, float]]
ItemT = TypeVar("ItemT", bound=Item)


class StuckError(RuntimeError):
    """The decoding of an image does not end."""


@dataclass
class Pipeline:
    """One network with its decode threads. `seconds` by phase and `images` are totals over the finished images.

    The phases are: read, as the contents report it; decode, the threads' processor time divided by their number, which
    is the time that they would need without a break; copy, into the staging buffer and from there to the device; write,
    the time of the caller between two results; idle, the time of the device between two forwards.

    An image may crash a decoder, and this process with it. StuckError is raised if an image is not decoded within
    `preparation.LIMIT`. With `apart`, images are decoded in another process, one at a time, and such an image gets a
    status instead. `hashes` are made of each image while it is decoded.
    """

    network: ImageNetwork
    policy: ImagePolicy
    threads: int
    apart: bool = False
    hashes: tuple[Hash, ...] = ()
    images: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PHASES, 0.0))
    began: float = field(default_factory=time.perf_counter)

    @property
    def rate(self) -> float:
        """Images per second since the pipeline was made."""
        return self.images / (time.perf_counter() - self.began)

    def run(self, contents: Iterable[tuple[ItemT, Content]]) -> Iterator[ItemT]:
        """Each item with its result, in order. Another thread iterates over `contents`, ahead of need."""
        ahead = Ahead(contents, _size, BYTES)
        pool = ThreadPoolExecutor(self.threads, "decode")
        stuck = False
        try:
            with self._preparing() as prepare:
                yield from self._written(_Run(self, ahead, pool, prepare).answered())
        except StuckError:
            stuck = True
            raise
        finally:
            ahead.close()
            pool.shutdown(wait=not stuck, cancel_futures=True)

    @contextmanager
    def _preparing(self) -> Iterator[Prepare]:
        if not self.apart:
            yield partial(timed, views=self.network.views, policy=self.policy, hashes=self.hashes)
            return
        prepare = Apart(self.network.views, self.policy, hashes=self.hashes)
        try:
            yield prepare
        finally:
            prepare.close()

    def _written(self, items: Iterator[ItemT]) -> Iterator[ItemT]:
        """The items; the time until the next one is asked for counts as writing."""
        spent = 0.0
        for item in items:
            item.seconds["write"] = spent
            for phase, share in item.seconds.items():
                self.seconds[phase] = self.seconds.get(phase, 0.0) + share
            self.images += 1
            start = time.perf_counter()
            yield item
            spent = time.perf_counter() - start
        self.seconds["write"] += spent


class _Run:
    """One pass over some contents."""

    def __init__(
        self, pipeline: Pipeline, ahead: Ahead[tuple[Any, Content]], pool: ThreadPoolExecutor, prepare: Prepare
    ) -> None:
        self.threads = pipeline.threads
        self.ahead, self.pool, self.prepare = ahead, pool, prepare
        # A separate process enforces the limit itself.
        self.limit = None if pipeline.apart else LIMIT
        self.batch = forwards.places(pipeline.network)
        self.flights = Flights(pipeline.network)

    def answered(self) -> Iterator[Any]:
        """Every item, as soon as it and all items before it are done."""
        order: deque[Any] = deque()
        batch: list[tuple[Any, Pixels]] = []
        for item, prepared in self._prepared():
            order.append(item)
            item.status, item.detail, item.facts = prepared.status, prepared.detail, prepared.facts
            if prepared.pixels is not None:
                batch.append((item, prepared.pixels))
            if len(batch) == self.batch:
                self.flights.launch(batch)
                self.flights.land(self.flights.most - 1)
                batch = []
            while order and (order[0].status != OK or order[0].found is not None):
                yield order.popleft()
        if batch:
            self.flights.launch(batch)
        self.flights.land(0)
        yield from order

    def _prepared(self) -> Iterator[tuple[Any, Prepared]]:
        """Items with their pixels, in order.

        Images are decoded ahead: up to two batches and one image per thread within `BYTES`, and one per thread if
        images are larger.
        """
        window: deque[tuple[Any, int, Future[tuple[Prepared, float]]]] = deque()
        held = 0
        while True:
            while len(window) < 2 * self.batch + self.threads and (held < BYTES or len(window) < self.threads):
                fetched = self.ahead.take(wait=not window)
                if fetched is None:
                    break
                held += _size(fetched)
                window.append((fetched[0], _size(fetched), self._submit(fetched[1])))
            if not window:
                return
            item, size, future = window.popleft()
            prepared, spent = self._result(future)
            held -= size
            item.seconds["decode"] = spent / self.threads
            yield item, prepared

    def _submit(self, content: Content) -> Future[tuple[Prepared, float]]:
        return self.pool.submit(_prepare, content, self.prepare)

    def _result(self, future: Future[tuple[Prepared, float]]) -> tuple[Prepared, float]:
        try:
            return future.result(self.limit)
        except TimeoutError as error:
            raise StuckError(f"an image is still being decoded after {self.limit:.0f} s") from error


def _prepare(content: Content, prepare: Prepare) -> tuple[Prepared, float]:
    """An image ready for the models, and the seconds of processor time that it took."""
    if isinstance(content, UnreadImage):
        return Prepared(None, content.status, content.detail), 0.0
    return prepare(content)


def _size(fetched: tuple[Any, Content]) -> int:
    return len(fetched[1]) if isinstance(fetched[1], bytes) else 0
