"""A page is current if data, code and page are those of the seal; everything else is rendered again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jobs.report_page import CorpusRead, ReportData, seal

DATA = ReportData("run", "29 November 2026, 01:02 UTC", [CorpusRead("c", "webdataset", 3, 0, 8, 10_240)])
PAGE = "<!doctype html>\n<title>\u6771\u4eac</title>\n</html>"


def test_a_sealed_page_is_current_and_comes_back_whole() -> None:
    page = seal.sealed(PAGE, DATA)
    assert seal.is_current(page, DATA) and seal.unsealed(page) == PAGE
    assert page == seal.sealed(PAGE, DATA), "the same bytes each time"
    assert seal.unsealed(PAGE) == PAGE


@pytest.mark.parametrize(
    "page",
    [
        "",
        PAGE,
        seal.sealed(PAGE, DATA)[:-9],
        seal.sealed(PAGE, DATA).replace("title", "Title"),
        seal.sealed(PAGE, DATA) + "more",
        seal.sealed(PAGE, replace(DATA, counted=None)),
    ],
    ids=["absent", "unsealed", "cut", "edited", "longer", "other data"],
)
def test_any_other_page_is_not(page: str) -> None:
    assert not seal.is_current(page, DATA)


def test_other_code_makes_another_page(monkeypatch: pytest.MonkeyPatch) -> None:
    page = seal.sealed(PAGE, DATA)
    monkeypatch.setattr(seal, "_PACKAGES", ("jobs.figures",))
    assert not seal.is_current(page, DATA)
