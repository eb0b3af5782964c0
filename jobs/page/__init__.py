"""The report's page: `render(ReportData(...))` gives one self-contained HTML text."""

from jobs.page.data import (
    ConceptCount,
    CorpusRead,
    Example,
    LawFit,
    Misalignment,
    Provenance,
    Refusal,
    ReportData,
    SearchCounts,
    StageOutcome,
)
from jobs.page.document import render

__all__ = [
    "ConceptCount",
    "CorpusRead",
    "Example",
    "LawFit",
    "Misalignment",
    "Provenance",
    "Refusal",
    "ReportData",
    "SearchCounts",
    "StageOutcome",
    "render",
]
