"""The statistics of corpora as one HTML page without other files: every text in it is escaped."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.report_page.corpus_tables import tables_of
from jobs.report_page.rendering import environment
from jobs.results.corpora.corpus_statistics import CorpusStatistics


def render_corpora(name: str, found: Sequence[CorpusStatistics]) -> str:
    """The page as text, to be written as UTF-8. name: that of the settings."""
    corpora = [(one, list(tables_of(one))) for one in found]
    return environment().get_template("corpus.html.j2").render(name=name, corpora=corpora)
