"""The outcomes that a sample can have at a stage: a closed list, the same in every table.

A row whose status is in `USABLE` takes part in that stage's search. Every other row is a reject and is kept with its
reason, so that input = usable + rejects holds for each shard and stage.
"""

from __future__ import annotations

from typing import Final

OK: Final = "ok"
NO_CAPTION: Final = "no_caption"
EMPTY_CAPTION: Final = "empty_caption"
CAPTION_CUT: Final = "caption_cut"
NO_IMAGE: Final = "no_image"
EMPTY_IMAGE: Final = "empty_image"
NOT_AN_IMAGE: Final = "not_an_image"
TOO_LARGE: Final = "too_large"
TRUNCATED_IMAGE: Final = "truncated_image"
DECODE_ERROR: Final = "decode_error"
TIMEOUT: Final = "timeout"
DUPLICATE_KEY: Final = "duplicate_key"
BAD_MEMBER: Final = "bad_member"
TRUNCATED_SHARD: Final = "truncated_shard"
BAD_SHARD: Final = "bad_shard"
FETCH_ERROR: Final = "fetch_error"
POISON: Final = "poison"

ALL: Final = (
    OK, NO_CAPTION, EMPTY_CAPTION, CAPTION_CUT, NO_IMAGE, EMPTY_IMAGE, NOT_AN_IMAGE, TOO_LARGE, TRUNCATED_IMAGE,
    DECODE_ERROR, TIMEOUT, DUPLICATE_KEY, BAD_MEMBER, TRUNCATED_SHARD, BAD_SHARD, FETCH_ERROR, POISON,
)  # fmt: skip

# A cut caption is searched up to the cut: it is flagged, not lost.
USABLE: Final = (OK, CAPTION_CUT)
# The image killed its process or ran out of time. It is not opened again unless a retry asks for it.
DEADLY: Final = (TIMEOUT, POISON)
