"""The words by which people say that they want no more messages, or want them again (P§4.5). Pure."""

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
SHORT = 60  # characters: a longer message that begins with such a word goes on about something else
FIRST_WORD = re.compile(r"(?:stop|stopall|unsubscribe|quit|revoke|optout|opt out)\b")
WRITING = r"(?:text|messag|email|mail|contact|writ|call|send|remind|bother|spam)\w*"
OPT_OUT = re.compile(
    rf"\b(?:(?:stop|quit|cease|end)\s(?:all\s|the\s|these\s|those\s|your\s|my\s|any\s|with\s|me\s)*{WRITING}"
    rf"|(?:dont|do not|never|no longer|please not)\s(?:ever\s|want\s|you\s|to\s|me\s|any\s|more\s|your\s)*{WRITING}"
    rf"|no more\s{WRITING}|unsubscribe|opt(?:ing)?\s?(?:me\s)?out|optout|leave me alone"
    r"|(?:remove|delete|take)\s(?:me|my (?:number|email|phone|address|details))\b(?:\s(?:off|from|out))?"
    r"|wrong number|revoke\s(?:my\s)?consent)\b"
)


def wish_in(text: str) -> Wish | None:
    """The wish that a message consists of, whatever its case, spaces and punctuation; None for anything longer."""
    return WISHES.get(_bare(text))


def looks_like_opt_out(text: str) -> bool:
    """Whether a message that is no single word may mean the same, so that a person should decide."""
    bare = _bare(text)[:2000]
    if WISHES.get(bare) in {Wish.STOP, Wish.CANCEL}:
        return True
    return bool(OPT_OUT.search(bare) or (len(bare) <= SHORT and FIRST_WORD.match(bare)))


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
