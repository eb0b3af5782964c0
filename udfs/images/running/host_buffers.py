"""Host buffers in which a batch of pixels waits for its device; they are allocated once and reused.

For a GPU the buffers are pinned, so that copies run in parallel with the computation, on their own stream. On the CPU
the models read the buffers directly.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

import torch

from udfs.images.decode.preprocessing import Preprocessing
from udfs.images.device.moments import Moment, moment, wait

# The slots for a GPU: one batch is computed, one waits, one is filled.
SLOTS = 3


class Slot:
    """The buffers of one batch: uint8 [batch, H, W, 3] for each view."""

    def __init__(self, views: Sequence[Preprocessing], batch: int, pinned: bool) -> None:
        self.buffers = [torch.zeros((batch, *view.size, 3), dtype=torch.uint8, pin_memory=pinned) for view in views]
        self.copied: tuple[Moment, Moment] | None = None

    def put(self, at: int, pixels: Sequence[torch.Tensor]) -> None:
        """Copy pixels [3, H, W] of each view to place `at`."""
        for buffer, image in zip(self.buffers, pixels, strict=True):
            # numpy's copy has a quarter of the overhead of torch's.
            buffer[at].numpy()[:] = image.permute(1, 2, 0).numpy()


class Staging:
    """The slots of a device, used in turn, and the copy from them to the device."""

    def __init__(self, views: Sequence[Preprocessing], batch: int, device: torch.device) -> None:
        self.device = device
        self._stream = torch.cuda.Stream(device) if device.type == "cuda" else None
        count = SLOTS if self._stream is not None else 1
        self._slots = cycle([Slot(views, batch, pinned=self._stream is not None) for _ in range(count)])

    def slot(self) -> Slot:
        """The next slot, as soon as its last copy is done."""
        slot = next(self._slots)
        if slot.copied is not None:
            wait(slot.copied[1])
        return slot

    def on_device(self, slot: Slot) -> list[torch.Tensor]:
        """uint8 [batch, 3, H, W] of each view, channels last, ready for the device's current stream."""
        if self._stream is None:
            return [buffer.permute(0, 3, 1, 2) for buffer in slot.buffers]
        with torch.cuda.stream(self._stream):
            begun = moment(self.device)
            copies = [buffer.to(self.device, non_blocking=True) for buffer in slot.buffers]
            slot.copied = (begun, moment(self.device))
        current = torch.cuda.current_stream(self.device)
        current.wait_event(slot.copied[1])
        for copy in copies:
            # The memory belongs to the stream of copies, which must not reuse it while the models read it.
            copy.record_stream(current)
        return [copy.permute(0, 3, 1, 2) for copy in copies]
