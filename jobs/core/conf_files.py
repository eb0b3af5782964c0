"""Files of `conf/` that a run needs without naming them: protocols, the layout of the published results."""

from __future__ import annotations

from pathlib import Path

from jobs.core.errors import SettingsError

# The checkout that the package runs from; an installed package or a zip has no conf/ beside it.
CHECKOUT = Path(__file__).resolve().parents[2]


def conf_file(name: str, setting: str) -> Path:
    """The file `conf/NAME` under the working directory, else beside the package.

    Raises SettingsError that names `setting`, by which the settings can say where the file is.
    """
    for folder in (Path(), CHECKOUT):
        path = folder / "conf" / name
        if path.is_file():
            return path
    raise SettingsError(
        f"conf/{name} is neither under the working directory nor beside the package ({CHECKOUT}): name the file by the "
        f"setting '{setting}', as in {setting}: FOLDER/{name}"
    )
