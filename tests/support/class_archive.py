"""`python tests/support/class_archive.py FILE`: an archive of the classes of Spark and Delta that tests need.

A JVM that has it takes 13 processor seconds to start and to write its first table, instead of 20. Java leaves an
archive alone if another Java or other jars made it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

# Java writes the archive when the JVM ends. It would print a line for each of 1,000 classes that it leaves out.
MAKE = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xlog:disable -XX:ArchiveClassesAtExit="


def main() -> None:
    """Run what tests run in a JVM of its own, which writes the archive."""
    archive = Path(sys.argv[1]).resolve()
    archive.unlink(missing_ok=True)
    made = archive.with_suffix(".part")
    # The end of its output is the end of the JVM, which outlives Python.
    environment = {**os.environ, "SPARK_SUBMIT_OPTS": MAKE + str(made)}
    done = subprocess.run([sys.executable, __file__, "--run"], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{archive}: the run whose classes it would hold failed:\n{done.stderr}")
    made.replace(archive)


def run() -> None:
    """A corpus through the stages of text and of images, and statements of Delta that tests use."""
    import tiny

    from jobs.core.session import get_session
    from jobs.settings.settings import Spark

    spark = get_session(Spark(master="local[2]", driver_memory="1g"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tiny.corpus(folder / "corpus", images=True)
        settings = tiny.settings_dict(folder, images={"tagger": tiny.TAGGER, "device": "cpu"})
        assert tiny.run_here(spark, settings).complete
        table = f"delta.`{folder}/lake/samples`"
        for statement in ("OPTIMIZE {}", "DESCRIBE HISTORY {}", "ALTER TABLE {} ADD COLUMNS (more STRING)"):
            spark.sql(statement.format(table)).collect()
    spark.stop()


if __name__ == "__main__":
    run() if sys.argv[1] == "--run" else main()
