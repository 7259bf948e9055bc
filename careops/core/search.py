"""Looking for people by a part of what their row holds, from whichever table leads to them."""

import re
import unicodedata

from django.db import models
from django.db.models import Case, Func, Q, Value, When
from django.http import QueryDict

from careops.core.unseen import seen

LONGEST = 100  # characters of what is looked for
NUMBER = re.compile(r"[\d+()./–-]*\d[\d+()./–-]*")


class Searchable(Func):
    """Text as the search compares it: lower case, without accents. A migration of contacts makes the function."""

    function = "careops_searchable"
    output_field = models.TextField()


def typed(sent: QueryDict) -> str:
    """What was typed into a search box called ``q``, without what nobody sees."""
    return " ".join(seen(sent.get("q", "")).split())[:LONGEST]


def matching(text: str, *, column: str) -> Q:
    """What holds every word of ``text``, one or two letters at the beginning of a word.

    Three or more digits are a phone number, however it is written.

    :param column: the path to a column of `Searchable` text
    """
    found = Q()
    for word in _words(text):
        found &= _occurs(word, column)
    return found


def distance(text: str, *, column: str, digits_column: str) -> Case:
    """0 for what begins with ``text``, 1 where another word does or the digits end with it, else 2."""
    text = " ".join(unicodedata.normalize("NFC", seen(text)).split())
    begins = Q(**{f"{column}__contains": Searchable(Value(f" {text}"))})
    if number := digits(text):
        begins |= Q(**{f"{digits_column}__endswith": number})
    return Case(
        When(**{f"{column}__startswith": Searchable(Value(text))}, then=0), When(begins, then=1), default=2
    )


def digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(character)) for character in text if character.isdecimal())


def _words(text: str) -> list[str]:
    """What must occur in a hit. What is written like a phone number is one word, without the leading zeros."""
    words = unicodedata.normalize("NFC", seen(text)).split()
    number = digits("".join(word for word in words if NUMBER.fullmatch(word)).replace("(0)", ""))
    if len(number) < 3:
        return words
    return [*(word for word in words if not NUMBER.fullmatch(word)), number.lstrip("0") or number]


def _occurs(word: str, column: str) -> Q:
    if len(word) > 2:
        return Q(**{f"{column}__contains": Searchable(Value(word))})
    # The index knows parts of three letters; the beginning of a word counts as one.
    return Q(**{f"{column}__startswith": Searchable(Value(word))}) | Q(
        **{f"{column}__contains": Searchable(Value(f" {word}"))}
    )
