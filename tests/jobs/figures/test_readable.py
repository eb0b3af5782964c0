from __future__ import annotations

from jobs.figures.readable import readable, shortened, width_in_ems


def test_what_turns_or_hides_text_is_written_out() -> None:
    assert readable("ab\u202ecd\x00\ud83d\u2066") == "ab⟨U+202E⟩cd⟨U+0000⟩⟨U+D83D⟩⟨U+2066⟩"


def test_line_breaks_become_spaces_and_ordinary_scripts_stay() -> None:
    assert readable(" a\r\nb\tc ") == "a b c"
    for text in ("東京", "שלום", "👩\u200d🚀", "caf\u0065\u0301", "<b>&amp;"):
        assert readable(text) == text


def test_a_cut_shows_and_keeps_to_its_length() -> None:
    assert shortened("hot-air balloon", 15) == "hot-air balloon"
    assert shortened("hot-air balloons", 9) == "hot-air…" and len(shortened("x" * 50, 20)) == 20


def test_wide_letters_take_more_room() -> None:
    assert width_in_ems("東京") > width_in_ems("to") * 1.5
