"""The options by which the deltalake library and Spark reach the S3 store of a lake."""

from __future__ import annotations

from typing import Final

from jobs.lake.location import Location
from udfs.shards.stores import Store

_S3A: Final = "org.apache.hadoop.fs.s3a"


def deltalake_options(location: Location) -> dict[str, str]:
    """The library's `storage_options`, empty if the lake does not lie in S3.

    A commit's file is created only if there is none, so only one of several writers succeeds. Raises PermissionError
    if this machine lacks the credentials that the store names.
    """
    if not location.is_s3:
        return {}
    return {"aws_conditional_put": "etag", **(_library_options(location.store) if location.store else {})}


def _library_options(store: Store) -> dict[str, str]:
    options = {"aws_region": store.region, "aws_skip_signature": str(store.anonymous).lower()}
    if store.endpoint:
        plain = store.endpoint.startswith("http://")
        options |= {"aws_endpoint_url": store.endpoint, "aws_allow_http": str(plain).lower()}
    found = store.credentials()
    if found:
        options |= {"aws_access_key_id": found.key, "aws_secret_access_key": found.secret}
        options |= {"aws_session_token": found.token} if found.token else {}
    return options


def spark_properties(location: Location) -> dict[str, str]:
    """The properties of a session that reaches the lake's bucket; empty if the settings do not describe its store.

    They name variables and profiles, which Hadoop looks up in each process: command lines and Spark's pages show no
    credentials.
    """
    store = location.store
    if store is None:
        return {}
    told = {"endpoint.region": store.region, **_providers(store)}
    if store.endpoint:
        told |= {"endpoint": store.endpoint, "path.style.access": "true"}
    return {f"spark.hadoop.fs.s3a.bucket.{location.authority}.{key}": value for key, value in told.items()}


def _providers(store: Store) -> dict[str, str]:
    """The properties by which S3A finds credentials; empty for those of the machine."""
    if store.anonymous:
        return {"aws.credentials.provider": f"{_S3A}.AnonymousAWSCredentialsProvider"}
    if store.profile:
        provider = f"{_S3A}.auth.ProfileAWSCredentialsProvider"
        return {"aws.credentials.provider": provider, "auth.profile.name": store.profile}
    if not (store.key and store.secret):
        return {}
    kind = "TemporaryAWSCredentialsProvider" if store.token else "SimpleAWSCredentialsProvider"
    names = {"access.key": store.key, "secret.key": store.secret, "session.token": store.token}
    variables = {key: f"${{env.{name}}}" for key, name in names.items() if name}
    return {"aws.credentials.provider": f"{_S3A}.{kind}", **variables}
