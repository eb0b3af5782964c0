"""The exceptions by which Spark, Spark Connect and the deltalake library report a conflict with another commit."""

from __future__ import annotations

from deltalake.exceptions import CommitFailedError


def is_conflict(error: BaseException) -> bool:
    """Whether an error is a conflict with another commit. Spark is imported only for errors that may be its own."""
    if isinstance(error, CommitFailedError):
        return True
    import delta.exceptions

    # Delta's conflict exceptions have no common base class.
    return isinstance(error, tuple(getattr(delta.exceptions, name) for name in delta.exceptions.__all__))


def tell_conflicts() -> None:
    """Make a remote session raise conflicts; without this call a conflict is an unspecific error of the server.

    This cannot happen at import: a session may be made later, and without one pyspark takes the import for a run of its
    own doctests.
    """
    from pyspark.sql.utils import is_remote

    if is_remote():
        import delta.connect  # noqa: F401
