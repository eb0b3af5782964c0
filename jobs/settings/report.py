"""The section `report`: where the page lies, and what the cards of concepts show beyond counts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from jobs.settings.strict import Strict


class ReportSamples(Strict):
    """Images in the page: drawn samples in the cards of the most frequent concepts ([more](report.md#samples))."""

    without: list[str] = Field(
        description="concepts or any other words: a sample is shown only if no search finds one of them in it; `[]` "
        "shows any sample"
    )
    search: Literal["text", "image", "integrated"] | None = Field(
        default=None,
        description="the search that finds them; without it, text, or image if no captions are searched",
    )
    concepts: int = Field(default=100, ge=1, le=1_000, description="so many concepts, the most frequent of this search")
    per_concept: int = Field(default=4, ge=1, le=24, description="so many samples of each, some 6 KB of the page each")
    seed: int = Field(default=0, description="the same seed draws the same samples, as `conceptfreq samples` does")


class Report(Strict):
    """The place of the report's page, and what its cards show."""

    output: str | None = Field(default=None, description="a path or a URI; without it, `report.html` beside the lake")
    together: int | None = Field(
        default=None,
        ge=1,
        le=20,
        description="cards show so many concepts that occur with theirs, the most associated first; without it, none",
    )
    samples: ReportSamples | None = Field(default=None, description="images of samples; without it, the page has none")
