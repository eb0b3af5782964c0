"""What people judge of a sample."""

from __future__ import annotations

from typing import Literal

Judged = Literal["image", "caption"]
