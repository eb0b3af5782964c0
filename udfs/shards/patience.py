"""Requests to S3 that are repeated if the server is busy or the connection breaks.

The AWS library tries three times, so if a third of all requests fail, one in 37 does. And it gives up at once if it
loses the answer's code: it writes the body of every answer into the buffer of the read, and the 300 bytes of a 503 do
not fit a shorter read, such as that of the two bytes which tell whether a file is gzip.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

import pyarrow as pa

# What Arrow's messages say if another attempt may succeed.
PASSING: Final = (
    "Failed to flush response stream",
    "SLOW_DOWN",
    "SERVICE_UNAVAILABLE",
    "INTERNAL_FAILURE",
    "NETWORK_CONNECTION",
    "REQUEST_TIMEOUT",
    "THROTTLING",
)
# Each is three of the AWS library. The pauses between them are 5 s together.
ATTEMPTS: Final = 6
FIRST_PAUSE: Final = 0.15

Answer = TypeVar("Answer")


def patiently(ask: Callable[[], Answer]) -> Answer:
    """The answer to a request, which is repeated after a failure that may pass; raises OSError if none comes."""
    for attempt in range(ATTEMPTS - 1):
        try:
            return ask()
        except OSError as error:
            if not any(sign in str(error) for sign in PASSING):
                raise
        time.sleep(random.uniform(0.5, 1.0) * FIRST_PAUSE * 2**attempt)
    return ask()


class _Patient:
    """A file that Python reads, for `pa.PythonFile`."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def read(self, count: int = -1) -> bytes:
        at = self._file.tell()

        def ask() -> bytes:
            self._file.seek(at)
            return self._file.read(None if count < 0 else count)

        return patiently(ask)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()

    @property
    def closed(self) -> bool:
        return self._file.closed


def opened(filesystem: Any, path: str) -> pa.NativeFile:
    """A file of an S3 store, seekable; opening it and reading it are repeated after failures that may pass."""
    return pa.PythonFile(_Patient(patiently(lambda: filesystem.open_input_file(path))), mode="r")
