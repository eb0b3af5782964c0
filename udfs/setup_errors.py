"""Errors of a worker that cannot set up its model or its device, and how the driver knows them again.

They are the settings' or the machine's fault: every shard would meet them, and none is written down as failed for one.
Spark hands the driver only the text of an executor's error, so all of them are classes of this module, under whose name
Python's traceback writes them.
"""

from __future__ import annotations


class SetupError(Exception):
    """A worker cannot be set up as the settings say."""


class DeviceError(SetupError, RuntimeError):
    """The device that was asked for is not available."""


class ModelError(SetupError, ValueError):
    """A model cannot be built from its settings."""


class WeightsError(SetupError, ValueError):
    """Weights cannot be found, are not the named ones, or cannot be read safely."""


def is_setup_error(line: str) -> bool:
    """Whether a line of a traceback, as Spark shows it, is that of a SetupError."""
    return any(f"{kind.__module__}.{kind.__qualname__}: " in line for kind in SetupError.__subclasses__())
