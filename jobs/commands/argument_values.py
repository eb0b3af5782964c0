"""The values of the command line's options: a text in, the value out, or argparse's message."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime


def positive(text: str) -> int:
    """A whole number from 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number}: expected at least 1")
    return number


def share(text: str) -> float:
    """A share above 0, up to 1."""
    number = float(text)
    if not 0 < number <= 1:
        raise argparse.ArgumentTypeError(f"{text}: expected a share above 0, up to 1")
    return number


def points(text: str) -> float:
    """Points of a hundred, above 0."""
    number = float(text)
    if not 0 < number <= 100:
        raise argparse.ArgumentTypeError(f"{text}: expected points above 0, up to 100")
    return number


def limit(text: str) -> int | None:
    """A whole number from 1; None for `all`."""
    return None if text == "all" else positive(text)


def state(text: str) -> int | datetime:
    """A version's number or a moment; a date alone is its first moment, and no zone means UTC."""
    if text.isdecimal():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: expected the number of a version or an ISO date or time") from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def hours(text: str) -> int:
    """A whole number from 0."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{number}: expected at least 0")
    return number


def port(text: str) -> int:
    """A port to listen on; 0 for any that is free."""
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{number}: expected a port, 0 to 65535")
    return number
