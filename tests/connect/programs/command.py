"""`conceptfreq` with these arguments; fails where anything has imported py4j."""

from __future__ import annotations

import sys

from jobs.cli import main

status = main(sys.argv[1:])
assert "py4j" not in sys.modules
sys.exit(status)
