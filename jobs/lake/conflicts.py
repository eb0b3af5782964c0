"""The exceptions by which Spark, Spark Connect and the deltalake library report a conflict with another commit."""

from __future__ import annotations

import delta.exceptions
from deltalake.exceptions import CommitFailedError
from pyspark.sql.utils import is_remote

# Delta's conflict exceptions have no common base class.
CONFLICTS = (*(getattr(delta.exceptions, name) for name in delta.exceptions.__all__), CommitFailedError)


def tell_conflicts() -> None:
    """Make a remote session raise CONFLICTS; without this call a conflict is an unspecific error of the server.

    This cannot happen at import: a session may be made later, and without one pyspark takes the import for a run of its
    own doctests.
    """
    if is_remote():
        import delta.connect  # noqa: F401
