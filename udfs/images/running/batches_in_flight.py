"""Batches on their way through a device: staged, copied and computed; results come in the order of the batches.

The host does not wait for a GPU: while one batch is computed, the next is copied and the one after that is filled.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import torch

from udfs import statuses
from udfs.images.decode.facts import Facts
from udfs.images.decode.preparation import Pixels
from udfs.images.device.moments import Moment, moment, seconds, wait
from udfs.images.running import forwards
from udfs.images.running.forwards import ImageNetwork
from udfs.images.running.host_buffers import Staging

log = logging.getLogger(__name__)

# The most batches in flight on a GPU: one is computed, one waits.
IN_FLIGHT: Final = 2


class Item(Protocol):
    """A record of an image. The pipeline sets its status, what is known of it, and its share of seconds."""

    status: str
    detail: str | None
    facts: Facts
    found: Any
    seconds: dict[str, float]


FoundT = TypeVar("FoundT")


@dataclass(kw_only=True)
class ItemFields(Generic[FoundT]):
    """The fields of an Item before the pipeline sets them; a record of an image adds what it is."""

    status: str = statuses.OK
    detail: str | None = None
    facts: Facts = Facts()
    found: FoundT | None = None
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass
class _Flight:
    """A batch in flight, with the moments at which its forwards begin and end and its outputs reach the host.

    filled: the seconds that the host took to stage it.
    """

    items: Sequence[Item]
    pixels: Sequence[torch.Tensor]
    outputs: Mapping[str, torch.Tensor]
    filled: float
    copied: tuple[Moment, Moment] | None
    begun: Moment
    ended: Moment
    arrived: Moment


class Flights:
    """The batches in flight on a network's device, at most `most` at a time."""

    def __init__(self, network: ImageNetwork) -> None:
        self.network = network
        self.most = IN_FLIGHT if network.device.type == "cuda" else 1
        self._staging = Staging(network.views, forwards.places(network), network.device)
        self._flights: deque[_Flight] = deque()
        self._last = moment(network.device)

    def launch(self, batch: Sequence[tuple[Item, Pixels]]) -> None:
        """Launch a batch on the device, without waiting for a GPU."""
        start = time.perf_counter()
        slot = self._staging.slot()
        for at, (_, image) in enumerate(batch):
            slot.put(at, image)
        filled = time.perf_counter() - start
        device = self.network.device
        pixels = self._staging.on_device(slot)
        begun = moment(device)
        outputs = forwards.run(self.network, pixels, len(batch))
        ended = moment(device)
        # From a GPU this copies into pinned memory, after the forward.
        host = {name: output.to("cpu", non_blocking=True) for name, output in outputs.items()}
        items = [item for item, _ in batch]
        self._flights.append(_Flight(items, pixels, host, filled, slot.copied, begun, ended, moment(device)))

    def land(self, left: int) -> None:
        """Finish the oldest batches until `left` remain in flight."""
        while len(self._flights) > left:
            flight = self._flights.popleft()
            wait(flight.arrived)
            found = self.network.found(self._outputs(flight))
            shares = self._shares(flight)
            for item, one in zip(flight.items, found, strict=True):
                item.found = one
                item.seconds.update(shares)

    def _outputs(self, flight: _Flight) -> dict[str, npt.NDArray[Any]]:
        """The outputs on the host. If half precision overflowed, the batch is computed again in float32.

        A score that is no number is above no floor, so the image would seem to show nothing.
        """
        outputs = {name: output.numpy() for name, output in flight.outputs.items()}
        if _are_numbers(outputs):
            return outputs
        if self.network.precision == "float16":
            log.warning("%s: scores overflow in float16, the batch is computed again in float32", self.network.device)
            again = forwards.run(self.network, flight.pixels, len(flight.items), "float32")
            outputs = {name: output.cpu().numpy() for name, output in again.items()}
        if not _are_numbers(outputs):
            raise FloatingPointError("the model's scores or embeddings are not finite, even in float32")
        return outputs

    def _shares(self, flight: _Flight) -> dict[str, float]:
        """The seconds per image in the phases that a batch passes as a whole."""
        copied = seconds(*flight.copied) if flight.copied is not None else 0.0
        idle = max(seconds(self._last, flight.begun), 0.0)
        self._last = flight.ended
        spent = {"copy": flight.filled + copied, "forward": seconds(flight.begun, flight.ended), "idle": idle}
        return {phase: total / len(flight.items) for phase, total in spent.items()}


def _are_numbers(outputs: Mapping[str, npt.NDArray[Any]]) -> bool:
    return all(np.isfinite(values).all() for values in outputs.values())
