"""How an S3 store is reached: its address, and the names under which a machine finds its credentials.

A URI carries this in the place of a user, as `s3://region=eu-west-1&key=LAKE_KEY&secret=LAKE_SECRET@bucket/path`. So
it travels with the path, to executors too, and code that handles paths need not know it. Credentials themselves never
travel: each machine looks them up.
"""

from __future__ import annotations

import configparser
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from pyarrow import fs

PROFILES: Final = "AWS_SHARED_CREDENTIALS_FILE"


class Credentials(NamedTuple):
    """A key of an account, its secret, and the token of temporary ones."""

    key: str
    secret: str
    token: str | None


@dataclass(frozen=True)
class Store:
    """An S3 store. `endpoint` is the address of one that is not Amazon's, with http:// or https://.

    `key`, `secret` and `token` are names of environment variables, `profile` is a section of the file of credentials.
    If none is given and the store is not anonymous, each library takes the machine's own (AWS_* variables, a role).
    """

    region: str
    endpoint: str | None = None
    profile: str | None = None
    key: str | None = None
    secret: str | None = None
    token: str | None = None
    anonymous: bool = False

    def at(self, uri: str) -> str:
        """The S3 URI with this description of its store, instead of the one that it had."""
        parts = urlsplit(uri)
        told = urlencode({name: value for name, value in asdict(self).items() if value})
        return parts._replace(netloc=f"{told}@{bucket(uri)}").geturl()

    def credentials(self) -> Credentials | None:
        """The credentials under the store's names on this machine; None if the store names none.

        Raises PermissionError, with the name and the machine, if there is nothing under a name.
        """
        if self.profile:
            return _of_profile(self.profile)
        if not (self.key and self.secret):
            return None
        return Credentials(_variable(self.key), _variable(self.secret), _variable(self.token) if self.token else None)

    def filesystem(self) -> fs.S3FileSystem:
        """The store as Arrow opens it. Raises PermissionError if this machine lacks its credentials."""
        options: dict[str, Any] = {"region": self.region, "anonymous": self.anonymous}
        if self.endpoint:
            address = urlsplit(self.endpoint)
            options |= {"scheme": address.scheme, "endpoint_override": address.netloc}
        found = self.credentials()
        if found:
            options |= {"access_key": found.key, "secret_key": found.secret, "session_token": found.token}
        return fs.S3FileSystem(**options)


def store_of(uri: str) -> Store | None:
    """The store that an S3 URI describes; None if it describes none."""
    user, at, _ = urlsplit(uri).netloc.rpartition("@")
    told = {name: values[0] for name, values in parse_qs(user).items()} if at else {}
    if "region" not in told or not told.keys() <= Store.__dataclass_fields__.keys():
        return None
    return Store(**{**told, "anonymous": "anonymous" in told})  # type: ignore[arg-type]


def bucket(uri: str) -> str:
    """The bucket of an S3 URI."""
    return urlsplit(uri).netloc.rpartition("@")[2]


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise PermissionError(f"the environment variable {name} is not set on {socket.gethostname()}")
    return value


def _of_profile(name: str) -> Credentials:
    file = Path(os.environ.get(PROFILES) or "~/.aws/credentials").expanduser()
    profiles = configparser.RawConfigParser()
    if not profiles.read(file, encoding="utf-8") or name not in profiles:
        raise PermissionError(f"{file} on {socket.gethostname()} has no profile [{name}]")
    found = profiles[name]
    try:
        return Credentials(found["aws_access_key_id"], found["aws_secret_access_key"], found.get("aws_session_token"))
    except KeyError as missing:
        raise PermissionError(
            f"{file} on {socket.gethostname()}: the profile [{name}] has no {missing.args[0]}: a profile that takes "
            "a role or starts a program works if AWS_PROFILE names it and the settings name no profile"
        ) from None
