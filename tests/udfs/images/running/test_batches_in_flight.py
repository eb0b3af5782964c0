"""Batches through a device: what overflows in half precision is computed again, what is no number is never stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

from udfs import statuses
from udfs.images.decode.preprocessing import Preprocessing
from udfs.images.feature_rows import FeatureRow
from udfs.images.running.batches_in_flight import Flights
from udfs.images.running.forwards import Precision

HALF = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class Sums:
    """A network whose score is `weight` times the sum of 192 values of up to 255: in float16 at most 65,504."""

    weight: float
    precision: Precision
    batch_size: int = 4
    device: torch.device = torch.device("cpu")
    views: tuple[Preprocessing, ...] = (Preprocessing((8, 8), "squash", "bilinear", HALF, HALF),)

    @property
    def loaded(self) -> Sums:
        return self

    def forward(self, pixels: Sequence[torch.Tensor]) -> Mapping[str, torch.Tensor]:
        weights = torch.full((1, 192), self.weight)
        return {"scores": torch.nn.functional.linear(pixels[0].flatten(1).float(), weights).float()}

    def found(self, outputs: Mapping[str, Any]) -> Sequence[Any]:
        return outputs["scores"][:, 0].tolist()


def answers(network: Sums) -> list[float]:
    """Of a dark image and a bright one."""
    rows = [FeatureRow("s", str(at), statuses.OK) for at in range(2)]
    images = [(torch.full((3, 8, 8), value, dtype=torch.uint8),) for value in (1, 255)]
    flights = Flights(network)
    flights.launch(list(zip(rows, images, strict=True)))
    flights.land(0)
    return [row.found for row in rows]  # type: ignore[misc]


def test_half_precision_is_used_where_it_holds() -> None:
    # 49,056 is between two numbers of float16.
    assert answers(Sums(1.002, "float32"))[1] == pytest.approx(192 * 255 * 1.002)
    assert answers(Sums(1.002, "float16"))[1] == np.float16(192 * 255 * np.float16(1.002))


def test_what_overflows_is_computed_again_in_float32(caplog: pytest.LogCaptureFixture) -> None:
    assert answers(Sums(2.0, "float16")) == [384.0, 192 * 255 * 2.0]
    assert "computed again in float32" in caplog.text


def test_no_number_in_float32_is_an_error() -> None:
    with pytest.raises(FloatingPointError, match="not finite, even in float32"):
        answers(Sums(float("nan"), "float32"))
