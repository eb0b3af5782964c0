"""Who may ask the explorer, and what a browser may do with its answers.

On a loopback address the request must name this machine: a page of another site whose name was made to point here (DNS
rebinding) is refused. On any other address every request must bring the token: in the link that is opened first, from
then on in a cookie. Behind a platform that lets only those through who signed in there, every request must have the
header in which it names them. The header is no proof, as whoever reaches the port can write it: nobody but the platform
may reach it.
"""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE: Final = "conceptfreq-token"
# Nothing from elsewhere, nothing inline, nothing evaluated; images are thumbnails of our own.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Answers are private, and a lake changes; what may be kept says so itself.
NOT_KEPT: Final = "no-store"
NOT_SIGNED_IN: Final = "This explorer answers only those who signed in to the platform in front of it.\n"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
NO_TOKEN: Final = (
    "This explorer is open to those who have its link: open the whole link that `conceptfreq explore` showed when it"
    " was started, with ?token=... at its end.\n"
)


def is_loopback(host: str) -> bool:
    """Whether an address or name to listen on is reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _named_host(request: Request) -> str | None:
    """The host that a request names; None if it names none, or something that is no host."""
    # Starlette's own URL would put the server's address in the place of a name that it cannot read.
    given = request.headers.get("Host", "")
    try:
        return None if "@" in given else urlsplit(f"//{given}").hostname
    except ValueError:
        return None


@dataclass(frozen=True)
class Guard:
    """The application behind its guard.

    token: None on a loopback address, where the request's host is checked. signed_in: the header in which a platform
    names who has signed in there; with it neither token nor host is asked for.
    """

    app: ASGIApp
    token: str | None
    host: str
    signed_in: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it; every answer has HEADERS."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", NOT_KEPT)
            await send(message)

        answer = self._refusal(Request(scope)) or self.app
        await answer(scope, receive, guarded)

    def _refusal(self, request: Request) -> Response | None:
        """What is answered instead of a page: a refusal, or the way from the link to the page; None: go on."""
        if self.signed_in:
            return None if request.headers.get(self.signed_in) else PlainTextResponse(NOT_SIGNED_IN, 401)
        if self.token is None:
            if _named_host(request) in {*LOOPBACK, self.host}:
                return None
            return PlainTextResponse("This explorer answers on this machine only, by its own name.\n", 421)
        if "token" in request.query_params:
            return self._by_link(request)
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        if self._is_token(request.cookies.get(COOKIE)) or (kind.lower() == "bearer" and self._is_token(given)):
            return None
        return PlainTextResponse(NO_TOKEN, 401)

    def _by_link(self, request: Request) -> Response:
        """The page without the token in its address, which people copy."""
        if not self._is_token(request.query_params["token"]):
            return PlainTextResponse(NO_TOKEN, 401)
        bare = request.url.remove_query_params("token")
        # Two slashes would begin the name of another host.
        path = "/" + bare.path.lstrip("/")
        answer = RedirectResponse(f"{path}?{bare.query}" if bare.query else path, 303)
        # Lax, as the link comes from elsewhere: a message, a terminal.
        answer.set_cookie(COOKIE, self.token or "", httponly=True, samesite="lax", secure=request.url.scheme == "https")
        return answer

    def _is_token(self, given: str | None) -> bool:
        # The time that this takes does not tell how much was right.
        return given is not None and hmac.compare_digest(given.encode(), (self.token or "").encode())
