"""Quotes are read strictly: what does not fit costs its own row, and what a writer of csv wrote is read exactly."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.shards import text_lines
from udfs.shards.quoting import NEVER_CLOSED, TEXT_AFTER, DelimitedRow, DelimitedRows, Dialect
from udfs.shards.text_lines import Lines

COMMAS = Dialect(",", quoted=True)
ESCAPED = Dialect(",", quoted=True, escape="\\")
TOO_LONG = "line 3 is longer than 100 characters"


def rows_of(text: str, dialect: Dialect = COMMAS, width: int | None = 2) -> list[DelimitedRow]:
    lines = Lines(io.BytesIO(text.encode()), "utf-8-sig", "\n")
    return list(DelimitedRows(lines, dialect, width))


def fields_of(text: str, dialect: Dialect = COMMAS, width: int | None = 2) -> list[list[str] | str | None]:
    return [row.error or row.fields for row in rows_of(text, dialect, width)]


def test_a_quote_never_closed_costs_its_own_row() -> None:
    text = 'u1,"a dog\nu2,a cat\nu3,"a, ""b""\nc"\nu4,"a sofa\n'
    assert fields_of(text) == [
        f"line 1: {NEVER_CLOSED}",
        ["u2", "a cat"],
        ["u3", 'a, "b"\nc'],
        f"line 5: {NEVER_CLOSED}",
    ]
    assert [row.line for row in rows_of(text)] == [1, 2, 3, 5]


@pytest.mark.parametrize("row", [r'u,"a \"big\" dog"', 'u,"a dog"s bowl', '"u"",a"b'])
def test_text_after_a_closing_quote_costs_its_own_row(row: str) -> None:
    assert fields_of(f"{row}\nu2,a cat") == [f"line 1: {TEXT_AFTER}", ["u2", "a cat"]]


def test_what_is_right_with_quotes_stays_right() -> None:
    text = '12" pipe,u "x"\n"a" ,"b"  \n"",""\n,\n"a\r\n\r\nb","""c"""\r\na\rb,"c\rd"\n'
    assert fields_of(text) == [
        ['12" pipe', 'u "x"'],
        ["a", "b"],
        ["", ""],
        ["", ""],
        ["a\r\n\r\nb", '"c"'],
        ["a\rb", "c\rd"],
    ]


def test_escapes() -> None:
    text = '"a \\"big\\" dog",u\\,v\n"back\\\\","a ""b"" \\"\n\\" c"\nx\\\ny,z\n'
    assert fields_of(text, ESCAPED) == [['a "big" dog', "u,v"], ["back\\", 'a "b" "\n" c'], ["x\ny", "z"]]
    assert fields_of('"a\\\tb\tc\\\\\n', Dialect("\t", escape="\\")) == [['"a\tb', "c\\"]]


def test_quotes_are_text_where_nothing_is_quoted() -> None:
    assert fields_of('"a\tb"\n"\t""\n', Dialect("\t")) == [['"a', 'b"'], ['"', '""']]
    assert fields_of('"a\n b"\t"c ""d"""\n', Dialect("\t", quoted=True)) == [["a\n b", 'c "d"']]
    assert fields_of("a || b||c\n", Dialect(" || ")) == [["a", "b||c"]]


def test_lines_too_long_inside_an_open_quote_are_rejects_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_lines, "LONGEST_LINE", 100)
    found = fields_of(f'u1,"open\nu2,a cat\n{"x" * 300}\nu3,a dog\n')
    assert found == [
        f"line 1: {NEVER_CLOSED}",
        ["u2", "a cat"],
        "line 3 is longer than 100 characters",
        ["u3", "a dog"],
    ]


def test_a_row_of_several_lines_is_no_longer_than_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_lines, "LONGEST_LINE", 100)
    assert fields_of('u1,"open\n' + "u2,a cat\n" * 9 + '"\n')[0] == ["u1", "open\n" + "u2,a cat\n" * 9]
    found = fields_of('u1,"open\n' + "u2,a cat\n" * 12 + '"\n')
    assert found == [f"line 1: {NEVER_CLOSED}", *[["u2", "a cat"]] * 12, f"line 14: {NEVER_CLOSED}"]


def test_rows_that_all_open_a_quote_take_linear_time() -> None:
    # Each line closes the quote of the line before it and opens its own: read to the end of the file from each of
    # them, that were 450 million lines.
    assert len(rows_of('a","b\n' * 30_000)) == 30_000


@pytest.mark.parametrize(
    "wrong",
    [
        {"delimiter": ""},
        {"delimiter": "\n"},
        {"delimiter": '"', "quoted": True},
        {"delimiter": "||", "quoted": True},
        {"delimiter": ",", "escape": '"'},
        {"delimiter": ",", "escape": ","},
        {"delimiter": ",", "escape": "ab"},
    ],
)
def test_impossible_dialects(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="needed"):
        Dialect(**wrong)


# Texts of what matters to a parser, and of anything.
texts = st.text(st.sampled_from("ab,;\t\"\\'|\r\n "), max_size=12) | st.text(max_size=12)
tables = st.lists(st.tuples(texts, texts), max_size=8).map(lambda rows: [["first", "second"], *map(list, rows)])


@given(tables, st.sampled_from([",", ";", "\t", "|"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_what_csv_writes_is_read_exactly(table: list[list[str]], delimiter: str, quoting: Any) -> None:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, quoting=quoting).writerows(table)
    assert fields_of(written.getvalue(), Dialect(delimiter, quoted=True)) == table


@given(tables)
def test_what_csv_writes_with_escapes_is_read_exactly(table: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written, doublequote=False, escapechar="\\", quoting=csv.QUOTE_ALL).writerows(table)
    assert fields_of(written.getvalue(), ESCAPED) == table


@given(st.text(st.sampled_from('ab,"\\ \r'), max_size=12), st.sampled_from([COMMAS, ESCAPED]))
def test_a_row_of_one_line_is_read_as_it_is_after_a_line_break(line: str, dialect: Dialect) -> None:
    # csv, which reads rows of one line, takes a CR at the end for a line's end.
    line = line.rstrip("\r")
    alone, after = rows_of(line + "\n", dialect, None)[0], rows_of(f'"\n",{line}\n', dialect, None)[0]
    assert (after.error is None) == (alone.error is None)
    assert after.fields[1:] == alone.fields


@given(st.text(st.sampled_from('ab,"\n'), max_size=40))
def test_no_line_is_lost(text: str) -> None:
    rows = rows_of(text)
    breaks = sum(field.count("\n") for row in rows for field in row.fields)
    assert len(rows) + breaks == len(text.splitlines())
