"""Details of many rejects are told in a few lines."""

from __future__ import annotations

from jobs.results.corpora.reject_reasons import SHOWN, Reason, Tally


def test_details_that_differ_in_numbers_and_quotes_are_one_reason() -> None:
    tally = Tally("not_an_image")
    for at in range(5):
        tally.add(f"begins with {bytes([at, 39, at])!r}", "a.tar", str(at))
        tally.add(f"{at} x 7 pixels, at most 3 allowed", "b.tar", str(at))
    tally.add("HTML, a format that is not read", "c.tar", "x")
    first, second, third = tally.reasons()
    assert first == Reason("not_an_image", 5, 11, 'begins with b"\\x00\'\\x00"', "a.tar", "0")
    assert (second.rejects, second.detail) == (5, "0 x 7 pixels, at most 3 allowed")
    assert str(third) == "not_an_image: HTML, a format that is not read (1 of 11 looked at, as c.tar x)"


def test_the_commonest_come_first_and_no_more_than_are_shown() -> None:
    tally = Tally("decode_error")
    for count, word in enumerate("abcdef", start=1):
        for _ in range(count):
            tally.add(word, "s", word)
    assert [reason.detail for reason in tally.reasons()] == ["f", "e", "d"] and SHOWN == 3


def test_a_shard_that_failed_has_no_sample_and_a_status_may_have_no_detail() -> None:
    tally = Tally("failed")
    tally.add(None, "a.tar", None)
    assert str(tally.reasons()[0]) == "failed: no detail (1 of 1 looked at, as a.tar)"
