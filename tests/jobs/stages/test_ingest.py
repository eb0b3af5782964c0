"""What a reader's options are in the spec of ingestion."""

from __future__ import annotations

import pytest

from jobs.core.stage_specs import reader_options
from jobs.settings.corpora import Corpus


def test_the_member_of_captions_is_part_of_the_spec_where_it_is_not_the_usual_one() -> None:
    plain = {"name": "set", "format": "webdataset", "path": "sets"}
    assert reader_options(Corpus(**plain)) == reader_options(Corpus(**plain, options={"caption": "txt"})) == {}
    assert reader_options(Corpus(**plain, options={"caption": "cls"})) == {"caption": "cls"}
    with pytest.raises(ValueError, match=r"options.*caption is 'png'"):
        Corpus(**plain, options={"caption": "png"})
