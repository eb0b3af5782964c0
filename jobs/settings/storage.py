"""The section `storage`: how the S3 stores of the settings' paths are reached.

It is given once and serves everything that opens a path. Each S3 URI of the settings gets a description of how its
store is reached (`udfs.shards.stores`). From there it comes to Arrow on driver and executors, to the deltalake library
and to Spark. Settings name credentials and never hold them, so nothing that is made from the settings can hold them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, TypeAdapter, field_validator, model_validator

from jobs.errors import SettingsError
from jobs.settings.strict import Strict
from udfs.shards.schemes import SCHEMES, for_arrow
from udfs.shards.stores import Store, bucket, store_of

# Only capitals are allowed, so no credential is ever taken for the name of a variable and then shown.
Variable = Annotated[str, Field(max_length=64)]
_VARIABLE: Final = re.compile(r"[A-Z_][A-Z0-9_]*")
_KEY: Final = re.compile(r"s3[an]?(://[a-z0-9][a-z0-9.-]+)?")
# The region that is sent to stores without regions.
NO_REGION: Final = "us-east-1"


class Variables(Strict):
    """Names of environment variables that hold credentials, on the driver and on every executor."""

    key: Variable = Field(description="name of the variable that holds the access key's id")
    secret: Variable = Field(description="name of the variable that holds the secret key")
    token: Variable | None = Field(
        default=None, description="name of the variable that holds the session token of temporary credentials"
    )

    @field_validator("key", "secret", "token")
    @classmethod
    def _is_a_name(cls, value: str | None) -> str | None:
        if value is not None and not _VARIABLE.fullmatch(value):
            raise ValueError("expected the name of an environment variable, in capitals, and not its value")
        return value


class S3(Strict):
    """An S3 store. If it names no credentials, each library takes the machine's own: AWS_* variables, or its role."""

    endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://[^/@?#]+/?$",
        description="address of a store that is not Amazon's, as in http://minio:9000; buckets are then named in paths",
    )
    region: str | None = Field(
        default=None, pattern=r"^[\w-]+$", description=f"required without an endpoint; with one, default: {NO_REGION}"
    )
    profile: str | None = Field(
        default=None,
        min_length=1,
        description="section of ~/.aws/credentials (or of the file that AWS_SHARED_CREDENTIALS_FILE names) with keys, "
        "on the driver and on every executor",
    )
    environment: Variables | None = Field(default=None, description="names of the variables that hold the credentials")
    anonymous: bool = Field(default=False, description="whether requests are not signed, as for a public bucket")

    @model_validator(mode="after")
    def _is_one_way(self) -> S3:
        if sum((self.profile is not None, self.environment is not None, self.anonymous)) > 1:
            raise ValueError("profile, environment and anonymous exclude each other: keep one")
        if self.endpoint is None and self.region is None:
            raise ValueError("region is missing, as in eu-west-1 (with an endpoint it may be left out)")
        return self

    def store(self) -> Store:
        """The store as URIs describe it."""
        names = self.environment.model_dump() if self.environment else {}
        endpoint = self.endpoint.rstrip("/") if self.endpoint else None
        return Store(self.region or NO_REGION, endpoint, self.profile, anonymous=self.anonymous, **names)


Storage = dict[str, S3]
_STORAGE: Final = TypeAdapter(Storage)


def known_keys(storage: Storage) -> Storage:
    """The section with its keys in Arrow's spelling. Raises ValueError if a key is neither `s3` nor a bucket."""
    for key in storage:
        if key.partition(":")[0] in SCHEMES.keys() - {"s3", "s3a", "s3n"}:
            raise ValueError(f"{key}: only S3 has a section; other stores are reached with the access of each machine")
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key}: expected s3, for all buckets without a section of their own, or s3://BUCKET")
    return {re.sub("^s3[an]", "s3", key): section for key, section in storage.items()}


def with_stores(given: Mapping[str, Any]) -> dict[str, Any]:
    """The given settings, in which each S3 URI now describes how its store is reached.

    Raises ValueError for credentials in a URI, and for a section of `storage` that no URI needs.
    """
    try:
        storage = known_keys(_STORAGE.validate_python(given.get("storage", {})))
    except ValueError:
        # The section's own checks report it.
        return dict(given)
    stores = {key: section.store() for key, section in storage.items()}
    needed: set[str] = set()
    told = dict(given)
    for key in given.keys() - {"storage", "spark"}:
        try:
            told[key] = _told(given[key], stores, needed)
        except ValueError as error:
            raise ValueError(f"{key}: {error}") from None
    for key in stores.keys() - needed:
        raise ValueError(f"storage.{key}: no path of these settings lies there: remove it, or write the path as a URI")
    return told


def located(path: str, storage: Storage) -> str:
    """A path of the command line in the form of those in the settings: a URI describes how its store is reached."""
    return str(_told(path, {key: section.store() for key, section in storage.items()}, set()))


def check_credentials(storage: Storage) -> None:
    """Raise SettingsError if this machine lacks the credentials that a section names."""
    for key, section in storage.items():
        try:
            section.store().credentials()
        except PermissionError as error:
            raise SettingsError(f"storage.{key}: {error}: set it there, and on every executor") from None


def _told(value: Any, stores: Mapping[str, Store], needed: set[str]) -> Any:
    """The value with a description of the store in each URI; the keys of these stores are added to `needed`."""
    if isinstance(value, BaseModel) and stores:
        value = value.model_dump(exclude_unset=True)
    if isinstance(value, Mapping):
        return {key: _told(one, stores, needed) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_told(one, stores, needed) for one in value]
    is_uri = isinstance(value, str) and value.partition("://")[0] in SCHEMES
    return _uri_told(value, stores, needed) if is_uri else value


def _uri_told(uri: str, stores: Mapping[str, Store], needed: set[str]) -> str:
    parts = urlsplit(uri)
    if parts.password is not None:
        raise ValueError(f"{parts.scheme}://...: a URI must not hold credentials: name them in the section storage")
    key = next((key for key in (f"s3://{bucket(uri)}", "s3") if key in stores), None)
    says_other = "@" in parts.netloc and store_of(uri) is None
    if key is None or says_other or not for_arrow(uri).startswith("s3://"):
        return uri
    needed.add(key)
    return stores[key].at(uri)
