"""The machine of the driver: Python, and the Java that its own session would need."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator

from jobs.core.session import JAVA_AT_LEAST, java_version
from jobs.doctor.findings import Finding


def look() -> Iterator[Finding]:
    """Findings about Python, and about Java if Spark runs on this machine."""
    yield Finding("python", True, platform.python_version())
    if "SPARK_REMOTE" not in os.environ:
        java = java_version()
        said = "none" if java is None else str(java)
        well = java is not None and java >= JAVA_AT_LEAST
        yield Finding(
            "java", well, said if well else f"{said}: install a JRE {JAVA_AT_LEAST} or newer and set JAVA_HOME"
        )
