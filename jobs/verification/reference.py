"""The reference: a slow and simple path, against which the fast one is compared.

Plain spaCy reads captions. Images go one by one through Pillow and the model in float32 on the CPU. Concepts are
matched one after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from jobs.core.sections import image_policy, naming, tagger_config
from jobs.settings.image_search import Images
from jobs.settings.text_search import Captions
from jobs.verification.sample_views import Tags, Text
from udfs import statuses
from udfs.shards.image_reads import UnreadImage
from udfs.text.cleaning import searched_part
from udfs.text.queries import Query

TextReference = Callable[[str | None], Text]
ImageReference = Callable[[bytes | UnreadImage], Tags]


def text_reference(captions: Captions) -> TextReference:
    """A function from a caption to the keys of the settings' index, by plain spaCy, one caption at a time."""
    from udfs.text.modes import INDEX_OF, find_terms
    from udfs.text.nouns import load_pipeline

    index = INDEX_OF[captions.match]
    if index != "text":
        with naming("captions.pipeline"):
            load_pipeline(captions.pipeline)

    def look(caption: str | None) -> Text:
        if caption is None:
            return Text(statuses.NO_CAPTION)
        part, length = searched_part(caption, captions.cleans, captions.max_characters)
        if not part.strip():
            return Text(statuses.EMPTY_CAPTION)
        (found,) = find_terms([part], index, captions.pipeline)
        return Text(statuses.OK if length == len(part) else statuses.CAPTION_CUT, found.keys, found.positions)

    return look


def image_reference(images: Images, labels: tuple[str, ...]) -> ImageReference:
    """A function from an image to the score of every label: Pillow alone, one image per batch, float32 on the CPU."""
    import torch

    from udfs.images.decode.decoding import decode
    from udfs.images.models.taggers import registry

    policy = replace(image_policy(images), resize="pillow")
    with naming("images.tagger"):
        tagger = registry.build(tagger_config(images), labels, torch.device("cpu"))

    def look(content: bytes | UnreadImage) -> Tags:
        if isinstance(content, UnreadImage):
            return Tags(content.status, {})
        decoded = decode(content, policy)
        if decoded.image is None:
            return Tags(decoded.status, {})
        try:
            pixels = tagger.preprocessing.pixels(decoded.image)
        except (MemoryError, RuntimeError, ValueError, ZeroDivisionError):
            return Tags(statuses.DECODE_ERROR, {})
        scores = tagger.scores(pixels[None])[0]
        return Tags(statuses.OK, dict(zip(tagger.labels, scores.tolist(), strict=True)))

    return look


def holds(query: Query, text: Text, captions: Captions) -> bool:
    """Whether the keys of a caption hold a concept, by the definition in docs/text-search.md."""
    if query.unanswerable is not None or not query.terms:
        return False
    match = captions.match
    if match == "substring":
        entry, kept = query.terms[0][0], "".join(text.keys)
        return entry.lower() in kept.lower() if captions.ignore_case else entry in kept
    keys = text.keys if match == "paper" else tuple(key.lower() for key in text.keys)
    if any(set(keys).isdisjoint(term) for term in query.terms):
        return False
    if match != "phrase":
        return True
    places = [{place for key, place in zip(keys, text.positions, strict=True) if key in term} for term in query.terms]
    return any(all(start + step in at for step, at in enumerate(places)) for start in places[0])
