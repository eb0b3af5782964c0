"""The driver knows a worker's errors of setting up by their line of a traceback."""

from __future__ import annotations

import traceback

import pytest

from udfs.setup_errors import DeviceError, ModelError, SetupError, WeightsError, is_setup_error


def line_of(error: Exception) -> str:
    """The last line of the error's traceback, which is all that the driver has of it."""
    return traceback.format_exception(error)[-1].strip()


@pytest.mark.parametrize("kind", [DeviceError, ModelError, WeightsError])
def test_its_line_is_known(kind: type[SetupError]) -> None:
    assert is_setup_error(line_of(kind("there is none")))
    assert is_setup_error(f"pyspark.errors.exceptions.captured.PythonException: {line_of(kind('there is none'))}")


@pytest.mark.parametrize("error", [ValueError("no ModelError"), MemoryError("a shard"), RuntimeError("DeviceError: x")])
def test_another_error_is_not_whatever_it_says(error: Exception) -> None:
    assert not is_setup_error(line_of(error))
