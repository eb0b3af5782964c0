"""The report's page: `render(ReportData(...))` gives one self-contained HTML text."""

from jobs.report_page.data import (
    ConceptCount,
    CorpusRead,
    Example,
    Flag,
    Provenance,
    Refusal,
    ReportData,
    SearchCounts,
    StageOutcome,
    Work,
)
from jobs.report_page.pictures import Pictures
from jobs.report_page.rendering import SIDE, render

__all__ = [
    "SIDE",
    "ConceptCount",
    "CorpusRead",
    "Example",
    "Flag",
    "Pictures",
    "Provenance",
    "Refusal",
    "ReportData",
    "SearchCounts",
    "StageOutcome",
    "Work",
    "render",
]
