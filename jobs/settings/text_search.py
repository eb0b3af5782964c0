"""The section `captions`: how text is searched."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from jobs.settings.strict import Strict
from udfs.text.modes import Mode


class Captions(Strict):
    """Text search: the spaCy pipeline that reads captions, and how a concept is matched against what it finds."""

    pipeline: str = Field(default="en_core_web_sm", description="an installed spaCy pipeline")
    match: Mode = Field(default="strict", description="when a caption holds a concept ([the modes](text-search.md))")
    ignore_case: bool = Field(
        default=False, description="only for `match: substring`; the other modes decide it themselves"
    )
    clean: bool = Field(
        default=True,
        description="decode entities and escapes, and bring letters into one form; never done for `match: paper`",
    )
    max_characters: int = Field(
        default=100_000,
        ge=1,
        le=1_000_000,
        description="longer captions are cut there and get the status `caption_cut`",
    )
    engine: Literal["fast", "spacy"] = Field(
        default="fast",
        description="both find the same nouns; `fast` falls back to `spacy` for a pipeline that it does not know",
    )
    check_share: float = Field(
        default=0.001, ge=0, le=1, description="share of the captions on which `fast` is compared with `spacy`"
    )

    @property
    def cleans(self) -> bool:
        """Whether captions and concepts are cleaned under this match mode."""
        return self.clean and self.match != "paper"

    @property
    def keeps_case(self) -> bool:
        """Whether keys that differ only in case are different ones under this match mode."""
        return self.match == "paper"
