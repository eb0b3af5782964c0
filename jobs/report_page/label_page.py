"""The page on which people judge drawn pairs, as one HTML text without other files: pairs in, text out.

Its labels stay in the browser until they are saved as a CSV with the columns of `jobs.results.labels.drawn_pairs`.
What stratum a pair is from is not shown: whoever judges it should not know what a search found.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from jobs.figures.readable import readable, shortened
from jobs.report_page.content_policy import policy, script_text, source
from jobs.report_page.embedded import as_element
from jobs.report_page.pictures import INSIDE, Pictures, picture
from jobs.report_page.rendering import environment, template
from jobs.results.labels.drawn_pairs import LABELS, DrawnPair
from jobs.results.labels.pictures import sample_key

SCRIPTS: Final = ("elements", "theme", "label")
# Characters of a caption that are shown.
CAPTION: Final = 1_500
# A link to anything else may be a script.
LINKS: Final = ("http://", "https://")


def render_labels(name: str, pairs: Sequence[DrawnPair], pictures: Pictures | None) -> str:
    """The page as text, to be written as UTF-8.

    name: that of the settings. pictures: by sample; None for a page without images.
    """
    style = f"{template('report.css')}\n{template('label.css')}"
    script = script_text("\n".join(template(f"{one}.js") for one in SCRIPTS))
    return (
        environment()
        .get_template("label.html.j2")
        .render(
            name=name,
            policy=policy([script], source(style), INSIDE),
            style=Markup(style),
            script=Markup(script),
            pairs=len(pairs),
            numbers=Markup(_embedded(name, pairs, pictures)),
        )
    )


def _embedded(name: str, pairs: Sequence[DrawnPair], pictures: Pictures | None) -> str:
    """What the script reads, as JSON: the columns of the CSV by pair, and what is shown of each."""
    rows = [[one.row[column] for column in LABELS.names[:-1]] for one in pairs]
    seen = {key: at for at, key in enumerate(dict.fromkeys(sample_key(one.row) for one in pairs))}
    content = {
        "name": readable(name),
        # Labels that the browser keeps belong to these pairs alone.
        "draw": hashlib.sha256(json.dumps(rows).encode()).hexdigest(),
        "columns": LABELS.names,
        "rows": rows,
        "shown": [_shown(one.row, seen[sample_key(one.row)]) for one in pairs],
        "pictures": None if pictures is None else [picture(pictures.get(key)) for key in seen],
    }
    return as_element(content)


def _shown(row: Mapping[str, Any], place: int) -> dict[str, Any]:
    caption, url = row["caption"], row["url"]
    return {
        "concept": readable(row["concept"].replace("_", " ")),
        "caption": None if caption is None else shortened(readable(caption), CAPTION),
        "link": url if url and url.startswith(LINKS) else None,
        "sample": readable(f"{row['corpus']}, {row['shard']}, {row['sample']}"),
        "picture": place,
    }
