"""Prepares images in a child process, for shards whose workers die.

Decoders are native code. An image that makes a decoder crash or never return takes its worker down, and nothing tells
which image it was. Here it takes down only a child process, and a new child replaces it.
"""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Collection, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import torch

from udfs import statuses
from udfs.images.decode.facts import Facts, Hash, sha256
from udfs.images.decode.policies import ImagePolicy
from udfs.images.decode.preparation import LIMIT, Prepared, timed
from udfs.images.decode.preprocessing import Preprocessing
from udfs.images.device.cores import compute_alone

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

log = logging.getLogger(__name__)

# A child may die for reasons of its machine, such as another process that takes all the memory. So an image is to blame
# only if a second child dies of it as well.
DEATHS: Final = 2


class Apart:
    """`preparation.timed` in a child process.

    An image that kills its child twice gets the status `poison`. If an image takes longer than `limit` seconds, it gets
    `timeout` and its child is killed. Raises RuntimeError if a child does not even start.
    """

    def __init__(
        self,
        views: Sequence[Preprocessing],
        policy: ImagePolicy,
        limit: float = LIMIT,
        hashes: Collection[Hash] = (),
    ) -> None:
        self._work = tuple(views), policy, tuple(hashes)
        self._limit = limit
        self._one_at_a_time = Lock()
        self._child: Any = None
        self._connection: Connection | None = None

    def __call__(self, data: bytes) -> tuple[Prepared, float]:
        """An image ready for the models, and the seconds of processor time that it took."""
        with self._one_at_a_time:
            known = Facts(sha256(data, self._work[2]))
            for _ in range(DEATHS):
                connection = self._connection or self._start()
                try:
                    return self._asked(connection, data)
                except TimeoutError:
                    self._stop()
                    return Prepared(None, statuses.TIMEOUT, f"not decoded within {self._limit:.0f} s", known), 0.0
                except (EOFError, OSError):
                    ended = self._stop()
                    log.warning("an image of %d bytes ended the process that decoded it: %s", len(data), ended)
            detail = f"ended the process that decoded it {DEATHS} times: {ended}"
            return Prepared(None, statuses.POISON, detail, known), 0.0

    def close(self) -> None:
        """End the child."""
        with self._one_at_a_time:
            if self._connection is not None:
                self._stop()

    def _asked(self, connection: Connection, data: bytes) -> tuple[Prepared, float]:
        connection.send_bytes(data)
        if not connection.poll(self._limit):
            raise TimeoutError
        status, detail, pixels, facts, seconds = connection.recv()
        ready = None if pixels is None else tuple(torch.from_numpy(view) for view in pixels)
        return Prepared(ready, status, detail, facts), seconds

    def _start(self) -> Connection:
        # Spawned, not forked: this process has threads, and perhaps a GPU.
        context = multiprocessing.get_context("spawn")
        connection, theirs = context.Pipe()
        self._child = context.Process(target=_serve, args=(theirs, *self._work), name="decode-apart", daemon=True)
        self._child.start()
        theirs.close()
        self._connection = connection
        try:
            # Wait for the imports, which take seconds; if they fail, no image is to blame.
            connection.recv()
        except EOFError as error:
            raise RuntimeError(f"the process that should decode images did not start: {self._stop()}") from error
        return connection

    def _stop(self) -> str:
        """End the child; returns how it ended, if it had ended before."""
        assert self._connection is not None
        self._connection.close()
        self._connection = None
        self._child.kill()
        self._child.join()
        code = self._child.exitcode
        return f"signal {-code}" if code < 0 else f"exit status {code}"


def _serve(
    connection: Connection, views: Sequence[Preprocessing], policy: ImagePolicy, hashes: Collection[Hash]
) -> None:
    """Prepare images until the parent closes its end of the connection or dies."""
    compute_alone()
    connection.send(None)
    while True:
        try:
            data = connection.recv_bytes()
        except EOFError:
            return
        prepared, seconds = timed(data, views, policy, hashes)
        # Arrays are copied; torch would share the memory of its tensors, which is lost when this process ends.
        pixels = None if prepared.pixels is None else [view.numpy() for view in prepared.pixels]
        connection.send((prepared.status, prepared.detail, pixels, prepared.facts, seconds))
