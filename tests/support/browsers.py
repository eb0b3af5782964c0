"""A Chromium of this machine that tests drive, pages that keep what they said and asked for, and axe-core's verdict.

Importing this module skips the importing one, with the reason, if there is no playwright.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: it drives the browser")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NEEDS_CHROMIUM = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (Debian: apt-get install chromium)")
SERIOUS = ("serious", "critical")


@contextmanager
def chromium() -> Iterator[Any]:
    """The browser, as long as the context is open."""
    with sync_api.sync_playwright() as playwright:
        # A container's root has no sandbox.
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


class Heard:
    """A page with all that it has said on the console or in a dialog, and the addresses that it has asked for."""

    def __init__(self, browser: Any, **options: object) -> None:
        self.page = browser.new_context(**options).new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append("a dialog"), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))


def serious_faults(page: Any) -> list[tuple[str, str]]:
    """What axe-core finds that shuts readers out: the rule, and the first element that breaks it."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe-core")
    found = axe.Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in SERIOUS]
