"""Which task a published set belongs to, as the layout says."""

from __future__ import annotations

from jobs.published.layout import load_layout, tasks
from jobs.settings.settings import Settings


def test_tasks_of_the_published_sets() -> None:
    found = tasks(load_layout(Settings(name="paper", lake="./none")))
    assert (found["imagenet"], found["coco"], found["flickr"]) == ("zero_shot", "retrieval", "retrieval")
    assert set(found.values()) == {"zero_shot", "retrieval"} and len(found) == 21
