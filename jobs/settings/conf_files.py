"""Files of `conf/` that a run needs without naming them: protocols, the layout of the published results.

They are data of the package `jobs` (jobs/conf is a link to conf/), so that a wheel and a zip hold them too.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from jobs.errors import SettingsError


def conf_file(name: str, example: str) -> Traversable:
    """The file `conf/NAME` under the working directory, else the package's own.

    Raises SettingsError with `example`, settings by which a file anywhere else is named.
    """
    for path in (Path("conf") / name, files("jobs").joinpath(f"conf/{name}")):
        if path.is_file():
            return path
    raise SettingsError(
        f"conf/{name} is neither under the working directory nor in the package: correct the name, or give the path "
        f"of a file in the settings, as in {example}"
    )
