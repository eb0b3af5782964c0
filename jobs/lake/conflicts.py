"""How Spark, Spark Connect and the deltalake library say that another commit came between."""

from __future__ import annotations

import delta.exceptions
from deltalake.exceptions import CommitFailedError
from pyspark.sql.utils import is_remote

# Delta's kinds of conflict have no base class of their own.
CONFLICTS = (*(getattr(delta.exceptions, name) for name in delta.exceptions.__all__), CommitFailedError)


def tell_conflicts() -> None:
    """Let Spark Connect raise CONFLICTS, if a session is remote; before this a conflict is just an error of the server.

    Not at import: a session may come later, and without one pyspark takes the import for a run of its own doctests.
    """
    if is_remote():
        import delta.connect  # noqa: F401
