"""The words by which people say that they want no more messages, or want them again. Pure."""

import re
import unicodedata
from enum import StrEnum


class Wish(StrEnum):
    STOP = "stop"
    CANCEL = "cancel"  # as good as STOP; but it may have been meant for a visit
    START = "start"
    HELP = "help"


WISHES = {
    **dict.fromkeys(
        ["stop", "stopall", "stop all", "unsubscribe", "end", "quit", "revoke", "optout", "opt out"],
        Wish.STOP,
    ),
    "cancel": Wish.CANCEL,
    **dict.fromkeys(["start", "unstop"], Wish.START),
    **dict.fromkeys(["help", "info"], Wish.HELP),
}
SHORT = 60  # characters: a longer message with such a word goes on about something else
FEELING = r"(?:liked|loved|disliked|laughed at|emphasi[sz]ed|questioned)"
THING = (
    r"an? (?:image|attachment|movie|photo|picture|video|link|gif|sticker|contact|location|file|message"
    r"|(?:audio|voice) message)"
)
REACTION = re.compile(
    rf"(?:{FEELING}|removed (?:an? )?\S+ from|(?:reacted )?(?:with )?\W{{1,16}}to)\s(?:[“‘\"'].*[”’\"']|{THING})"
    r"|.{1,80} reacted (?:\S{1,12} )?to your (?:message|email)(?::.{0,200})?"
    r"|(?:\S{1,12}\s+)?.{1,80} reacted via gmail.{0,200}",
    re.IGNORECASE | re.DOTALL,
)
# Anywhere in it, but for the places where a bus stops, and those who stop by.
STOP_WORD = re.compile(
    r"(?<!bus\s)(?<!tram\s)(?<!train\s)(?<!which\s)(?<!next\s)(?<!last\s)"
    r"\b(?:stop(?!\s(?:by|over|at|in)\b)|stopall|unsubscribe|quit|revoke"
    r"|optout|opt out)\b"
)
WRITING = r"(?:text|sms|messag|email|mail|contact|writ|call|send|remind|bother|spam)\w*"
OPT_OUT = re.compile(
    rf"\b(?:(?:stop|quit|cease|end)\s(?:all\s|the\s|these\s|those\s|your\s|my\s|any\s|with\s|me\s)*{WRITING}"
    rf"|(?:dont|do not|never|no longer|please not)\s(?:ever\s|want\s|you\s|to\s|me\s|any\s|more\s|your\s)*{WRITING}"
    rf"|no more\s{WRITING}|unsubscribe|opt(?:ing)?\s?(?:me\s)?out|optout|leave me alone"
    r"|(?:remove|delete|take)\s(?:me|my (?:name|number|email|phone|address|details))\b(?:\s(?:off|from|out))?+"
    r"(?!\s(?:of\s|from\s)?(?:the\s|your\s)?wait\w*(?:\s?list)?)|wrong number(?!\sof\b)|revoke\s(?:my\s)?consent)\b"
)


def wish_in(text: str) -> Wish | None:
    """The wish that a message consists of, whatever its case, spaces and punctuation; None for anything longer."""
    return WISHES.get(_bare(text))


def looks_like_opt_out(text: str) -> bool:
    """Whether a message that is no single word may mean the same, so that a person should decide."""
    bare = _bare(text)[:2000]
    if WISHES.get(bare) in {Wish.STOP, Wish.CANCEL}:
        return True
    return bool(OPT_OUT.search(bare) or (len(bare) <= SHORT and STOP_WORD.search(bare)))


def is_reaction(text: str) -> bool:
    """Whether a telephone wrote it because somebody pressed a heart, or took that back."""
    return bool(REACTION.fullmatch(text.strip()[:2000]))


def _bare(text: str) -> str:
    """Words and single spaces alone: no case, punctuation, accents of typing programs, or pictures."""
    text = unicodedata.normalize("NFKC", text[:5000]).casefold()
    kept = [
        character if character.isspace() or unicodedata.category(character)[0] in "LNZ" else _gap(character)
        for character in text
    ]
    return " ".join("".join(kept).split())


def _gap(character: str) -> str:
    return " " if character in ",;:/!?…–—" else ""
