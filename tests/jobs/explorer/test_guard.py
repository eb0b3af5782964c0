"""Who may ask: this machine by its own names, or whoever has the token; and what a browser may do with answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from explored import Served, serving

from jobs.explorer.guard import COOKIE, is_loopback

TOKEN = "a-token-of-some-length"


@pytest.fixture(scope="module")
def guarded(explored: Path) -> Iterator[Served]:
    """An explorer on an address that others reach."""
    with serving(explored, token=TOKEN, host="0.0.0.0") as running:
        yield running


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:1", 200),
        ("localhost", 200),
        ("[::1]:80", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost:80@evil.example", 421),
        ("[::1", 421),
        ("", 421),
    ],
)
def test_on_loopback_only_its_own_names_are_answered(served: Served, host: str, status: int) -> None:
    assert served.get("/concepts", {"Host": host}).status == status


@pytest.mark.parametrize("path", ["/", "/concept?name=dog", "/image?corpus=tiny", "/assets/explorer.js", "/nowhere"])
def test_without_the_token_nothing_is_answered(guarded: Served, path: str) -> None:
    for headers in ({}, {"Cookie": f"{COOKIE}=other"}, {"Cookie": f"{COOKIE}="}, {"Authorization": "Bearer other"}):
        answer = guarded.get(path, headers)
        assert answer.status == 401 and b"tiny" not in answer.body
    assert guarded.ask("POST", "/save", b"format=keys").status == 401
    assert guarded.get("/", token="other").status == 401


def test_the_link_leaves_a_cookie_and_goes_on_without_the_token(guarded: Served) -> None:
    answer = guarded.get("/concept", name="new york", token=TOKEN)
    assert (answer.status, answer.headers["location"]) == (303, "/concept?name=new+york")
    cookie = answer.headers["set-cookie"]
    assert f"{COOKIE}={TOKEN}" in cookie and "HttpOnly" in cookie and "SameSite=lax" in cookie
    assert guarded.get("/", {"Cookie": cookie.partition(";")[0]}).status == 200
    assert guarded.get("/", {"Authorization": f"Bearer {TOKEN}"}).status == 200
    # The browser goes to another host only if it is told to, and it is not.
    assert guarded.get("//evil.example/", token=TOKEN).headers["location"].startswith("/")
    assert not guarded.get("//evil.example/", token=TOKEN).headers["location"].startswith("//")


@pytest.mark.parametrize("path", ["/", "/nowhere", "/assets/explorer.css", "/concept"])
def test_every_answer_forbids_what_is_not_the_explorers(served: Served, path: str) -> None:
    headers = served.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers or "uvicorn" not in headers["server"]
    assert headers["cache-control"] == ("private, max-age=31536000, immutable" if "assets" in path else "no-store")


def test_behind_a_platform_only_those_who_signed_in_are_answered(explored: Path) -> None:
    with serving(explored, host="0.0.0.0", signed_in="X-Forwarded-User") as running:
        for headers in ({}, {"X-Forwarded-User": ""}, {"Authorization": "Bearer "}, {"Cookie": f"{COOKIE}="}):
            for path in ("/", "/concept?name=dog", "/image?corpus=tiny", "/assets/explorer.js", "/?token="):
                answer = running.get(path, headers)
                assert answer.status == 401 and b"signed in" in answer.body and b"tiny" not in answer.body
        assert running.ask("POST", "/save", b"format=keys").status == 401
        known = {"X-Forwarded-User": "7474@1", "Host": "conceptfreq-dev-1.aws.databricksapps.com"}
        answer = running.get("/concept?name=dog", known)
        assert answer.status == 200 and answer.headers["content-security-policy"] and "set-cookie" not in answer.headers


def test_which_addresses_are_this_machines_alone() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.1.2.3", "::1", "localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "10.0.0.1", "example.org", "")))
