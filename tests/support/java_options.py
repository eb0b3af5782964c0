"""How the JVMs of tests run: with an archive of classes, if `make test` has made one (class_archive.py).

Measured on two cores over 89 tests that share a session: the serial collector takes 198 s of processor time, Java's
usual one 258; the second compiler shortens them from 160 s to 133. An archive saves a JVM 7 of the 20 s of processor
time that it takes to start and to write its first table.
"""

from __future__ import annotations

import sys
from pathlib import Path

CLASSES = Path(sys.prefix) / "test-classes.jsa"
# For a JVM that many tests share. Java would print a line if the archive is of other jars.
SHARED = "-XX:+UseSerialGC" + (f" -Xlog:disable -XX:SharedArchiveFile={CLASSES}" if CLASSES.exists() else "")
# For one that lives for seconds: without the second compiler, a session that counts a tiny corpus three times takes
# 16 s of processor time instead of 31.
SHORT = f"{SHARED} -XX:TieredStopAtLevel=1"
