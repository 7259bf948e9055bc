"""Flash messages that offer to take back what they tell of.

The way back travels in the tags of the message; templates/_ui/flash.html makes a small form of it.
"""

from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

UNDO = "undo:"
ICONS = {"success": "circle-check", "warning": "triangle-alert", "error": "circle-alert"}


class Undo(NamedTuple):
    """A form with one button."""

    action: str
    fields: list[tuple[str, str]]


def succeed(request: HttpRequest, words: str, *, undo: str = "") -> None:
    """Say on the next page what was done.

    :param undo: where a POST takes it back, with the fields it sends as the query; empty: nothing does
    """
    messages.success(request, words, extra_tags=f"{UNDO}{undo}" if undo else "")


def undo_of(message: Message) -> Undo | None:
    """The way back that `succeed` was given, if there is one."""
    tags = message.extra_tags or ""
    if not tags.startswith(UNDO):
        return None
    url = urlsplit(tags.removeprefix(UNDO))
    return Undo(url.path, parse_qsl(url.query))
