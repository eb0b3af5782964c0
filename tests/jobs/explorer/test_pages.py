"""Each page of the explorer over HTTP: it shows what the command line says, whatever the lake holds or lacks."""

from __future__ import annotations

import html
import json
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from explored import CAPTION, NAME, Served, serving
from published_counts import add_counts, kept_lake

from jobs.lake.lake import Lake


def words(text: str) -> str:
    """The text of a page."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def wait_for(seen: Callable[[], bool]) -> None:
    """Ask again until it is seen, for half a minute."""
    until = time.monotonic() + 30
    while not seen():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_the_first_page_tells_what_was_counted(served: Served) -> None:
    said = words(served.get("/").text)
    assert "tiny 9 samples in 3 shards" in said and "theirs published" in said
    assert "tiny text 8 6 of 7 cat , dog , bicycle" in said


def test_a_listed_concept(served: Served) -> None:
    said = words(served.get("/concept", name="dog").text)
    assert "tiny , text 3 of 8 samples, rank 1 of 7" in said
    assert "theirs published" in said and "1,234" in said, "published counts beside own ones"
    assert "captions say it" in words(served.get("/concept", name="tiger").text), "text against image"


def test_any_other_word_and_why_there_is_none(served: Served) -> None:
    assert "1 of 8 samples, rank" in words(served.get("/concept", name="mat").text)
    said = words(served.get("/concept", name="tigers").text)
    assert "no caption has the key 'tigers', but some have 'tiger'" in said
    assert "no answer" in words(served.get("/concept", name="3 mats").text)


def test_samples_page_by_page(served: Served) -> None:
    text = served.get("/samples", name="dog", part=1).text
    assert "3 samples" in words(text) and text.count("<li>") == 3 and "<html" not in text
    one = served.get("/samples", name="dog", start=2).text
    assert one.count("<li>") == 1 and "<html" in one, "without scripts it is a page"
    assert served.get("/samples", name="dog", without="cat").text.count("<li>") == 2
    assert "No sample holds it" in words(served.get("/samples", name="unicorn").text)


def test_what_it_occurs_with(served: Served) -> None:
    said = words(served.get("/together", name="dog").text)
    assert "cat 1 together" in said and "bicycle 1 together" in said and "8 samples" in said


def test_the_law_and_the_plan(served: Served) -> None:
    text = served.get("/law", name="dog").text
    chart = json.loads(html.unescape(re.findall(r'data-numbers="([^"]+)"', text)[0]))
    assert ["dog", "quiz", 3, 0.9] in chart["dots"] and chart["frequency"] == 3
    assert "answerer" in words(text) and "0.900" in words(text)
    assert "samples needed" in words(served.get("/plan", name="dog", gain=5).text)
    assert "target 0.950" not in words(served.get("/plan", name="mat", target=0.95).text)
    assert "No model was measured" in words(served.get("/plan", name="mat").text)


def test_concepts_and_corpora_beside_one_another(served: Served) -> None:
    said = words(served.get("/compare", name=["dog", "cat"], add="mat, 737").text)
    assert "tiny text 3 37.5 %" in said and "theirs published, pets text 1,234" in said
    assert words(served.get("/compare").text).endswith(
        "in every corpus. samples chosen List of keys CSV Webdataset Clear"
    )


def test_lists_are_ordered_and_searched(served: Served) -> None:
    def names(**query: object) -> list[str]:
        return re.findall(r"<td><a class=\"concept\"[^>]*><bdi>([^<]*)", served.get("/concepts", **query).text)

    assert names()[:3] == ["cat", "dog", "bicycle"] and names(order="least")[0] == "unicorn"
    assert names(order="name")[0] == "737" and names(like="AT") == ["cat"] and names(start=100) == []
    assert json.loads(served.get("/suggest", text="New y").body) == ["new_york"]


def test_everything_from_data_stays_text(served: Served) -> None:
    pages = [
        served.get("/samples", name="dog").text,
        served.get("/", name=NAME).text,
        served.get("/concept", name=NAME).text,
        served.get("/compare", name=NAME).text,
        served.get("/concepts", ranking=0, like=NAME).text,
        served.get("/samples", name="dog", without=NAME, corpus=NAME).text,
        served.get("/concept", name=CAPTION[:190]).text,
        served.get("/together", name=NAME, search=NAME).text,
    ]
    for text in pages:
        assert "<img src=x" not in text and "document.title = 'harmed'</script>" not in text
    assert "\u202e" not in pages[0] and "⟨U+202E⟩" in pages[0], "nothing is turned round"
    assert html.escape(CAPTION[:20]) in pages[0] and html.escape(NAME)[:12] in pages[1]


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/concept", 400, "type a word"),
        ("/concept?name=" + "x" * 201, 400, "201 characters"),
        ("/samples?name=dog&search=smell", 400, "is none of text, image, integrated"),
        ("/samples?name=dog&search=image&threshold=nan", 400, "is no number"),
        ("/samples?name=dog&search=image&threshold=0.00001", 400, "stored above the floor"),
        ("/samples?name=dog&start=-1", 400, "is no whole number"),
        ("/samples?name=dog&seed=99999999999", 400, "is no whole number"),
        ("/samples?name=dog&corpus=other", 400, "no corpus 'other'"),
        ("/samples?name=737", 404, "text search cannot answer '737'"),
        ("/concepts?ranking=99", 400, "ranking"),
        ("/law?name=dog&fit=99", 400, "no such fit"),
        ("/plan?name=dog&gain=200", 400, "points of a hundred"),
        ("/plan?name=dog&target=2", 400, "a share from 0 to 1"),
        ("/compare?add=" + ",".join("abcdefg"), 400, "at most 6"),
        ("/nowhere", 404, "no such page"),
        ("/../../etc/passwd", 404, "no such page"),
        ("/assets/..%2f..%2fapp.py", 404, "no such page"),
        ("/save", 405, "cannot be asked so"),
    ],
)
def test_what_cannot_be_asked_is_a_message(served: Served, path: str, status: int, message: str) -> None:
    answer = served.ask("GET", path, None)
    assert (answer.status, message in words(answer.text)) == (status, True), words(answer.text)
    assert "Traceback" not in answer.text


def test_a_new_run_is_seen(explored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.explorer.answers.FRESH", 0.0)
    monkeypatch.setattr("jobs.explorer.answers.PATIENCE", 0)
    given = yaml.safe_load(explored.read_text()) | {"lake": str(tmp_path / "lake"), "fit": None}
    config = tmp_path / "settings.yaml"
    config.write_text(yaml.safe_dump({key: value for key, value in given.items() if value is not None}))
    with serving(config) as running:
        first = running.get("/")
        assert first.status == 200 and "its concepts are not counted" in words(first.text), "a lake without tables"
        assert running.get("/concept", name="dog").status == 404
        shutil.copytree(explored.parent / "lake", tmp_path / "lake")
        wait_for(lambda: "3 of 8 samples" in words(running.get("/concept", name="dog").text))
        add_counts(Lake(None, str(tmp_path / "lake")), "later", {"pets": {"dog": 77}})
        wait_for(lambda: "later" in words(running.get("/concept", name="dog").text))


def test_a_lake_of_imports_alone(tmp_path: Path, explored: Path) -> None:
    config = tmp_path / "settings.yaml"
    config.write_text(yaml.safe_dump({"name": "imports", "lake": str(explored.parent / "lake")}))
    with serving(config, images=False) as running:
        assert "theirs" in words(running.get("/").text)
        assert "1,234" in words(running.get("/concept", name="dog").text)
        assert running.get("/samples", name="dog").status == 404
        assert running.get("/concept", name="mat").status == 404


@pytest.mark.long
def test_half_a_million_concepts(tmp_path: Path) -> None:
    kept_lake(tmp_path)
    config = tmp_path / "settings.yaml"
    config.write_text(yaml.safe_dump({"name": "large", "lake": str(tmp_path / "lake")}))
    lake = Lake(None, str(tmp_path / "lake"))
    add_counts(lake, "theirs", {"all": {f"concept {number:06}": number % 9_973 for number in range(500_000)}})
    with serving(config) as running:
        assert "500,000" in words(running.get("/").text)
        began = time.monotonic()
        assert "concept 009972 9,972" in words(running.get("/concepts").text)
        assert "concept 499999" in running.get("/concepts", like="499999").text
        assert len(running.get("/concepts", start=400_000).text) < 100_000
        assert json.loads(running.get("/suggest", text="concept 4999").body)[0] == "concept 499900"
        assert "rank" in words(running.get("/concept", name="concept 000007").text)
        assert time.monotonic() - began < 5, "seconds, for five pages of a machine that may be busy"
