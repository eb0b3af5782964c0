"""A search with its threshold, and a metric with its direction: in words, the same wherever they are shown."""

from __future__ import annotations


def above(search: str, threshold: float | None) -> str:
    """`image above 0.7`; a search without a threshold is only named."""
    return search if threshold is None else f"{search} above {threshold:g}"


def metric_title(metric: str, higher_is_better: bool) -> str:
    """A metric's name, with its direction if a lower value is the better one."""
    return metric if higher_is_better else f"{metric} (lower is better)"
