"""The explorer as a web application: addresses, the pages behind them, and errors as pages.

Starlette runs the endpoints below in threads, as they read files; nothing here waits for another request.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from jobs.errors import ConceptfreqError, SettingsError
from jobs.explorer import kept, pages, rendering, saving, word_parts
from jobs.explorer.answers import Answers, Shelf
from jobs.explorer.asked import BadRequest, PageQuery
from jobs.explorer.guard import Guard
from jobs.explorer.page_values import Page
from jobs.public import Run

log = logging.getLogger(__name__)

PAGES: Final[Mapping[str, Callable[[Shelf, PageQuery], Page]]] = {
    "/": pages.home,
    "/concept": pages.concept,
    "/concepts": pages.concepts,
    "/compare": pages.compare,
    "/law": word_parts.law,
    "/plan": word_parts.plan,
    "/together": word_parts.together,
    "/samples": word_parts.samples,
}
FOR_EVER: Final = "private, max-age=31536000, immutable"
# Thumbnails change with the lake only.
FOR_AN_HOUR: Final = "private, max-age=3600"
NO_IMAGES: Final = "images are not shown here: start the explorer with --images"


def make_app(
    run: Run, images: bool = False, token: str | None = None, host: str = "127.0.0.1", signed_in: str | None = None
) -> ASGIApp:
    """The application of a run's lake. images: whether pictures of samples are shown; the others as in `Guard`."""
    explorer = _Explorer(run, images)
    routes = [Route(path, partial(explorer.page, make)) for path, make in PAGES.items()]
    routes += [
        Route("/suggest", explorer.suggest),
        Route("/image", explorer.image),
        Route("/save", explorer.save, methods=["POST"]),
        Route("/assets/{name}", explorer.asset),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: explorer.refuse})
    return Guard(app, token, host, signed_in)


class _Explorer:
    """The endpoints."""

    def __init__(self, run: Run, images: bool) -> None:
        self._answers = Answers(run)
        self._shared = {"title": run.settings.name, "images": images}
        self._images = images

    def page(self, make: Callable[[Shelf, PageQuery], Page], request: Request) -> Response:
        """A page, or the part of it that a script asks for."""
        asked = PageQuery(request.query_params)
        return self._answered(request, lambda: HTMLResponse(self._html(make(self._answers.now(), asked), asked)))

    def _html(self, page: Page, asked: PageQuery) -> str:
        shared = {**self._shared, "is_part": asked.is_part, "typed": asked.query.get("name", "")}
        return rendering.render(page, shared)

    def suggest(self, request: Request) -> Response:
        """Names for what somebody types, as JSON."""
        return self._answered(
            request, lambda: JSONResponse(pages.offered(self._answers.now(), PageQuery(request.query_params)))
        )

    def image(self, request: Request) -> Response:
        """The thumbnail of a sample, which the lake must have: the request names it and no place."""
        return self._answered(request, lambda: self._thumbnail(PageQuery(request.query_params)))

    def _thumbnail(self, asked: PageQuery) -> Response:
        if not self._images:
            return Response(NO_IMAGES, 403, media_type="text/plain")
        key = asked.query.get("corpus", ""), asked.query.get("shard", ""), asked.whole("ordinal", 0)
        found = kept.picture(self._answers.now(), key)
        if not found:
            return Response("this sample has no image that can be shown", 404, media_type="text/plain")
        return Response(found, media_type="image/webp", headers={"Cache-Control": FOR_AN_HOUR})

    async def save(self, request: Request) -> Response:
        """The chosen samples as a file."""
        form = b""
        async for piece in request.stream():
            form += piece
            if len(form) > saving.LARGEST_FORM:
                return await run_in_threadpool(self._told, request, 413, "too many samples: save fewer at a time")
        return await run_in_threadpool(lambda: self._answered(request, lambda: self._saved(form)))

    def _saved(self, form: bytes) -> Response:
        format, keys = saving.keys_of(form)
        if format == "webdataset" and not self._images:
            raise BadRequest(NO_IMAGES)
        snapshot = self._answers.now().snapshot
        rows = snapshot.samples(keys)
        ending, media_type = saving.FORMATS[format]
        headers = {"Content-Disposition": f'attachment; filename="samples{ending}"'}
        return StreamingResponse(saving.written(snapshot, format, rows), media_type=media_type, headers=headers)

    def asset(self, request: Request) -> Response:
        """A style sheet or a script."""
        found = rendering.asset(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        return Response(found.content, media_type=found.media_type, headers={"Cache-Control": FOR_EVER})

    def _answered(self, request: Request, answer: Callable[[], Response]) -> Response:
        """The answer, or a page that says why there is none; never a stack."""
        try:
            return answer()
        except SettingsError as error:
            return self._told(request, 400, str(error))
        except ConceptfreqError as error:
            return self._told(request, 404, str(error))
        except Exception:
            log.exception("%s: no answer", request.url.path)
            return self._told(request, 500, "something went wrong here; the explorer's own output says what")

    def refuse(self, request: Request, error: Exception) -> Response:
        """What the router refuses: an address or a method that there is not."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        words = {404: "there is no such page", 405: "this page cannot be asked so"}
        return self._told(request, status, words.get(status, "this cannot be answered"))

    def _told(self, request: Request, status: int, message: str) -> Response:
        asked = PageQuery(request.query_params)
        values: dict[str, Any] = {"message": message, "status": status}
        return HTMLResponse(self._html(Page("message.html.j2", values), asked), status)
