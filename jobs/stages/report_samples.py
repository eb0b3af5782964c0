"""The samples that a report shows in its cards, if the settings ask for images, and their pictures."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

from jobs import report_page
from jobs.core.context import Context
from jobs.core.listing import root_of
from jobs.results.samples.drawn_samples import SampleKey
from jobs.results.samples.strips import SampleStrips, draw_strips, strip_search
from udfs.shards.image_reads import UnreadImage
from udfs.statuses import FETCH_ERROR

log = logging.getLogger(__name__)


def sample_strips(context: Context, searches: Sequence[report_page.SearchCounts]) -> SampleStrips:
    """Samples of the concepts that are the most frequent in all corpora together, if the settings ask for samples."""
    asked = context.settings.report.samples
    if asked is None or not searches:
        return SampleStrips()
    wanted, sums = strip_search(context.settings), Counter[str]()
    for counts in searches:
        if (counts.search, counts.threshold) == wanted:
            sums.update(dict(counts.found))
    return draw_strips(context, sorted(sums, key=lambda name: (-sums[name], name))[: asked.concepts], asked)


def strip_pictures(context: Context, strips: SampleStrips) -> report_page.Pictures:
    """The images of the drawn samples, read from the corpora's shards, or the reasons why some cannot be shown."""
    if not strips.samples:
        return {}
    # Pillow is imported for pages with images only, which are few.
    from jobs.results.samples.small_pictures import Picture, small_pictures

    found = dict[SampleKey, Picture]()
    for corpus in context.settings.corpora:
        places = {one.key: (one.sample, one.image) for one in strips.samples if one.key[0] == corpus.name}
        if not places:
            continue
        try:
            found |= small_pictures(root_of(corpus), places, report_page.SIDE, "WEBP")
        except OSError as error:
            found |= dict.fromkeys(places, UnreadImage(FETCH_ERROR, str(error)))
    if unread := [one for one in found.values() if not isinstance(one, bytes)]:
        log.warning("report: %d of %d images are not shown: %s", len(unread), len(found), unread[0].detail)
    return found


def all_fetched(pictures: report_page.Pictures) -> bool:
    """Whether each image could be fetched, or will not be there another time either."""
    return not any(isinstance(one, UnreadImage) and one.status == FETCH_ERROR for one in pictures.values())
