"""docs/verification.md explains every column that the two commands print, in their order."""

from __future__ import annotations

import re
from pathlib import Path

from jobs.commands import estimate, verify
from jobs.verification.differences import SCORE_TOLERANCE
from jobs.verification.verify_corpus import CHECKS

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "verification.md").read_text()


def test_columns_and_checks() -> None:
    first, second = PAGE.split("## Estimate")
    assert re.findall(r"^\| `(\w+)` \|", first, re.MULTILINE) == verify.COLUMNS.names
    assert re.findall(r"^\| `(\w+)` \|", second, re.MULTILINE) == estimate.COLUMNS.names
    checks = re.search(r"^\| `check` \| (.*) \|$", first, re.MULTILINE)
    assert checks and re.findall(r"`(\w+)`", checks.group(1)) == list(CHECKS)
    assert f"{SCORE_TOLERANCE:g} of the" in " ".join(first.split())
