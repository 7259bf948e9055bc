"""Words with {{placeholders}}: checked when they are saved, filled in when a message is planned.

A text is data. Nothing in it is evaluated, and no value can bring a placeholder, a link or a line of its own along.
"""

import math
import re
from collections.abc import Iterable, Mapping

from careops.core.unseen import seen

CONTACT = {
    "name": "Name of the contact",
    "first_name": "First name of the contact",
    "business": "Name of the business",
    "phone": "Phone number of the business",
    "address": "Address of the business",
    "booking_link": "Where anybody can book online",
}
VISIT = {
    "service": "What is booked",
    "staff": "With whom",
    "when": "Day and time of the visit",
    "day": "Day of the visit",
    "time": "Time of the visit",
    "visit_link": "Where the contact sees, moves or calls off the visit",
    "form_link": "Where the form is; empty when none is missing",
}
MOVE = {"moved": "“you moved your booking”, or “your booking was moved” where somebody here did"}
ALERT = {"title": "What it is about", "detail": "What is known about it", "link": "Where somebody can act"}

LINKS = {"booking_link", "visit_link", "form_link", "link"}

PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
# What phones and providers take as a command: asking people to send one of them would opt them out.
RESERVED = ["stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out"]
RESERVED += ["start", "unstop", "help", "info"]


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", r"\s") for word in words)


SHOUTED = re.compile(rf"\b({_any_of(word.upper() for word in RESERVED)})\b")
INVITED = re.compile(
    rf"\b(?:reply|text|answer|send|respond)\s+(?:with\s+)?[\"'“‘]?({_any_of(RESERVED)})\b", re.IGNORECASE
)
LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)

GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWICE = set("^{}\\[~]|€")  # those take two places


def problems(text: str, *, known: Iterable[str]) -> list[str]:
    """What is wrong with a text that somebody wants to save, as sentences; an empty list if nothing is."""
    known = set(known)
    found = []
    for name in sorted({name for name in PLACEHOLDER.findall(text) if name not in known}):
        names = ", ".join(f"{{{{{name}}}}}" for name in sorted(known))
        found.append(f"There is no {{{{{name}}}}}. Known here: {names}.")
    rest = PLACEHOLDER.sub("", text)
    if "{{" in rest or "}}" in rest:
        found.append("A placeholder is not closed: write it as {{name}}.")
    for word in sorted(
        {match.group(1).lower() for match in [*SHOUTED.finditer(rest), *INVITED.finditer(rest)]}
    ):
        found.append(
            f"Do not ask for “{word.upper()}”: phones take it as a command, and whoever sends it may hear nothing"
            " more from you."
        )
    return found


def render(text: str, values: Mapping[str, object]) -> str:
    """Fill in a text. A line whose placeholders are all empty is left out, along with the blank line before it."""
    lines: list[str] = []
    for line in text.splitlines():
        names = PLACEHOLDER.findall(line)
        if names and not any(str(values.get(name, "")).strip() for name in names):
            while lines and not lines[-1]:
                lines.pop()
            continue
        lines.append(PLACEHOLDER.sub(lambda match: _value(match.group(1), values), line).rstrip())
    return "\n".join(lines).strip() + "\n"


def render_line(text: str, values: Mapping[str, object]) -> str:
    """Fill in a subject or an SMS: one line."""
    return " ".join(render(text, values).split())


def plain(value: object) -> str:
    """A value that came from outside, such as a name: one line, and no link that our mail would carry for it."""
    return " ".join(LINK.sub("", seen(str(value))).split())


def _value(name: str, values: Mapping[str, object]) -> str:
    value = values.get(name, "")
    return str(value) if name in LINKS else plain(value).replace("{{", "{ {")


def rarer(text: str) -> set[str]:
    """The characters that make a text message cost more than twice as much, since not every phone knows them."""
    return set(text) - GSM - GSM_TWICE


def sms_segments(text: str) -> int:
    """How many text messages a provider makes of it, and charges: 160 places each, or 70 with a rarer character."""
    if not text:
        return 0
    if not rarer(text):
        places = len(text) + sum(character in GSM_TWICE for character in text)
        return 1 if places <= 160 else math.ceil(places / 153)
    places = len(text.encode("utf-16-le")) // 2
    return 1 if places <= 70 else math.ceil(places / 67)
