"""Images through models: read ahead, decoded by several threads, staged, copied, computed, and answered in order.

At any time a pipeline holds compressed images of about twice `BYTES`, the pixels of two batches that wait for their
turn, and the batches in `staging`. On a GPU the host runs ahead: while one batch is computed, the next is copied and
the one after that is filled. Nothing here depends on Spark.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

import torch

from udfs.images import forwards
from udfs.images.ahead import Ahead
from udfs.images.devices import single_threaded
from udfs.images.forwards import Network
from udfs.images.moments import Moment, moment, seconds, wait
from udfs.images.policies import ImagePolicy
from udfs.images.preparation import Pixels, Prepared, prepare
from udfs.images.preprocessing import Preprocessing
from udfs.images.staging import Staging
from udfs.shards.images import Problem
from udfs.statuses import OK

BYTES: Final = 32 << 20
# Batches that a GPU has been asked for and that are not answered: one is computed, one waits.
IN_FLIGHT: Final = 2
PHASES: Final = ("read", "decode", "copy", "forward", "write", "idle")

Content = bytes | Problem


class Item(Protocol):
    """Whatever stands for an image. The pipeline sets its status, what was found in it, and its share of seconds."""

    status: str
    detail: str | None
    found: Any
    seconds: dict[str, float]


ItemT = TypeVar("ItemT", bound=Item)


@dataclass
class Pipeline:
    """One network with its decode threads. `seconds` by phase and `images` are totals of what has been answered.

    read: what the contents say. decode: the threads' processor time, divided by their number: how long they would need
    without a break. copy: into the staging buffer, and from there to the device. write: what the caller did with the
    answers. idle: the device between two forwards.
    """

    network: Network
    policy: ImagePolicy
    threads: int
    images: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PHASES, 0.0))
    began: float = field(default_factory=time.perf_counter)

    @property
    def rate(self) -> float:
        """Images a second since the pipeline was made."""
        return self.images / (time.perf_counter() - self.began)

    def run(self, contents: Iterable[tuple[ItemT, Content]]) -> Iterator[ItemT]:
        """Each item with its answer, in order. `contents` is iterated by another thread, ahead of need."""
        ahead = Ahead(contents, _size, BYTES)
        pool = ThreadPoolExecutor(self.threads, "decode")
        try:
            single_threaded(pool, self.threads)
            yield from self._written(_Run(self, ahead, pool).answered())
        finally:
            ahead.close()
            pool.shutdown(cancel_futures=True)

    def _written(self, items: Iterator[ItemT]) -> Iterator[ItemT]:
        """The items; what passes until the next one is asked for is the time of writing."""
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


@dataclass
class _Flight:
    """A batch that the device was asked for, with the moments at which its forwards begin and end and its outputs are
    on the host. `filled`: seconds that the host took to stage it.
    """

    items: Sequence[Item]
    outputs: Mapping[str, torch.Tensor]
    filled: float
    copied: tuple[Moment, Moment] | None
    begun: Moment
    ended: Moment
    arrived: Moment


class _Run:
    """One pass over some contents."""

    def __init__(self, pipeline: Pipeline, ahead: Ahead[tuple[Any, Content]], pool: ThreadPoolExecutor) -> None:
        self.network, self.policy, self.threads = pipeline.network, pipeline.policy, pipeline.threads
        self.ahead, self.pool = ahead, pool
        self.views = self.network.views
        self.batch = forwards.places(self.network)
        self.staging = Staging(self.views, self.batch, self.network.device)
        self.in_flight = IN_FLIGHT if self.network.device.type == "cuda" else 1
        self.flights: deque[_Flight] = deque()
        self.last = moment(self.network.device)

    def answered(self) -> Iterator[Any]:
        """Every item once it and all before it are done."""
        order: deque[Any] = deque()
        batch: list[tuple[Any, Pixels]] = []
        for item, prepared in self._prepared():
            order.append(item)
            item.status, item.detail = prepared.status, prepared.detail
            if prepared.pixels is not None:
                batch.append((item, prepared.pixels))
            if len(batch) == self.batch:
                self._launch(batch)
                self._land(self.in_flight - 1)
                batch = []
            while order and (order[0].status != OK or order[0].found is not None):
                yield order.popleft()
        if batch:
            self._launch(batch)
        self._land(0)
        yield from order

    def _prepared(self) -> Iterator[tuple[Any, Prepared]]:
        """Items with their pixels, in order. Those of two batches, and one a thread, are decoded meanwhile."""
        window: deque[tuple[Any, int, Future[tuple[Prepared, float]]]] = deque()
        held = 0
        while True:
            while len(window) < 2 * self.batch + self.threads and held < BYTES:
                fetched = self.ahead.take(wait=not window)
                if fetched is None:
                    break
                held += _size(fetched)
                window.append((fetched[0], _size(fetched), self._submit(fetched[1])))
            if not window:
                return
            item, size, future = window.popleft()
            prepared, spent = future.result()
            held -= size
            item.seconds["decode"] = spent / self.threads
            yield item, prepared

    def _submit(self, content: Content) -> Future[tuple[Prepared, float]]:
        return self.pool.submit(_prepare, content, self.views, self.policy)

    def _launch(self, batch: Sequence[tuple[Item, Pixels]]) -> None:
        """Ask the device for a batch. A GPU is not waited for."""
        start = time.perf_counter()
        slot = self.staging.slot()
        for at, (_, pixels) in enumerate(batch):
            slot.put(at, pixels)
        filled = time.perf_counter() - start
        device = self.network.device
        staged = self.staging.on_device(slot)
        begun = moment(device)
        outputs = forwards.run(self.network, staged, len(batch))
        ended = moment(device)
        # From a GPU into pinned memory, behind the forward.
        host = {name: output.to("cpu", non_blocking=True) for name, output in outputs.items()}
        items = [item for item, _ in batch]
        self.flights.append(_Flight(items, host, filled, slot.copied, begun, ended, moment(device)))

    def _land(self, left: int) -> None:
        """Answer the oldest flights until so many are left."""
        while len(self.flights) > left:
            flight = self.flights.popleft()
            wait(flight.arrived)
            found = self.network.found({name: output.numpy() for name, output in flight.outputs.items()})
            shares = self._shares(flight)
            for item, one in zip(flight.items, found, strict=True):
                item.found = one
                item.seconds.update(shares)

    def _shares(self, flight: _Flight) -> dict[str, float]:
        """The seconds of each image of a batch in the phases that a batch goes through as a whole."""
        copied = seconds(*flight.copied) if flight.copied is not None else 0.0
        idle = max(seconds(self.last, flight.begun), 0.0)
        self.last = flight.ended
        spent = {"copy": flight.filled + copied, "forward": seconds(flight.begun, flight.ended), "idle": idle}
        return {phase: total / len(flight.items) for phase, total in spent.items()}


def _prepare(content: Content, views: Sequence[Preprocessing], policy: ImagePolicy) -> tuple[Prepared, float]:
    """An image ready for the models, and the processor's seconds that it took."""
    if isinstance(content, Problem):
        return Prepared(None, content.status, content.detail), 0.0
    start = time.thread_time()
    return prepare(content, views, policy), time.thread_time() - start


def _size(fetched: tuple[Any, Content]) -> int:
    return len(fetched[1]) if isinstance(fetched[1], bytes) else 0
