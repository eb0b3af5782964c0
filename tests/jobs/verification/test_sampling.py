from __future__ import annotations

from collections import Counter

from jobs.verification.sampling import draw

COUNTS = {"b": 3, "a": 10, "empty": 0, "c": 1}


def pairs(drawn: dict[str, list[int]]) -> list[tuple[str, int]]:
    return [(shard, ordinal) for shard, some in drawn.items() for ordinal in some]


def test_the_same_seed_draws_the_same_whatever_the_order_of_the_shards() -> None:
    again = dict(reversed(COUNTS.items()))
    assert draw(COUNTS, 5, "1 x") == draw(again, 5, "1 x")
    assert len({str(draw(COUNTS, 5, f"{seed} x")) for seed in range(20)}) > 10


def test_drawn_samples_exist_and_differ() -> None:
    for seed in range(50):
        found = pairs(draw(COUNTS, 6, str(seed)))
        assert len(set(found)) == 6 and all(0 <= ordinal < COUNTS[shard] for shard, ordinal in found)
        assert found == sorted(found)


def test_all_of_them_where_there_are_no_more() -> None:
    found = pairs(draw(COUNTS, 200, "0"))
    assert found == [("a", n) for n in range(10)] + [("b", n) for n in range(3)] + [("c", 0)]
    assert draw({}, 5, "0") == {} and draw({"a": 0}, 5, "0") == {}


def test_every_sample_is_as_likely_as_any_other() -> None:
    often = Counter(place for seed in range(4_000) for place in pairs(draw(COUNTS, 3, str(seed))))
    # Each is in 3 of 14 draws: 857 of 4,000, with a standard deviation of 26.
    assert len(often) == 14 and all(abs(count - 857) < 5 * 26 for count in often.values())


def test_a_corpus_of_billions_is_drawn_from_its_counts() -> None:
    counts = {f"{number:06}": 50_000 for number in range(100_000)}
    drawn = draw(counts, 200, "0")
    assert len(pairs(drawn)) == 200 and len(drawn) > 190
