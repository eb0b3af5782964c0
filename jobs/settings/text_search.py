"""The section `captions`: how text is searched."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from jobs.settings.strict import Strict
from udfs.text.modes import Mode


class Captions(Strict):
    """Text search: the spaCy pipeline that reads captions, and how a concept is matched against what it finds."""

    pipeline: str = "en_core_web_sm"
    match: Mode = "strict"
    ignore_case: bool = Field(default=False, description="for match: substring; the others say themselves")
    clean: bool = Field(
        default=True,
        description="search captions and concepts decoded and in one form of Unicode; never in match: paper",
    )
    max_characters: int = Field(default=100_000, ge=1, le=1_000_000)
    engine: Literal["fast", "spacy"] = Field(
        default="fast", description="how nouns are found; both find the same, and fast is spacy where it cannot be used"
    )
    check_share: float = Field(default=0.001, ge=0, le=1, description="the share of captions that both engines search")

    @property
    def cleans(self) -> bool:
        """Whether captions and concepts are cleaned under this match mode."""
        return self.clean and self.match != "paper"
