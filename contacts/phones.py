"""Phone numbers: kept as people write them, compared and dialled in one form."""

import re

from django.conf import settings
from phonenumber_field.phonenumber import to_python

from careops.core.search import digits
from messaging.words.numbers import can_get_texts

FICTIONAL = re.compile(
    r"\+447700900\d{3}"
)  # mobiles that Ofcom keeps free for stories, as the demo tells one
E164_LENGTH = 16  # a plus and at most fifteen digits
_WRITTEN = re.compile(
    r"(?P<number>[\d\s+＋()./,\u2010-\u2015\u2212-]+)((ext\.?|x|#)\s*\d{1,6})?", re.IGNORECASE
)


def e164(phone: str) -> str:
    """``phone`` as the whole world dials it, such as +442079460000; empty if unclear.

    A number without a country code belongs to the country of the installation.
    """
    number = to_python(phone, region=settings.PHONENUMBER_DEFAULT_REGION)
    if not number or len(number.as_e164) > E164_LENGTH:
        return ""
    return number.as_e164 if number.is_valid() or FICTIONAL.fullmatch(number.as_e164) else ""


def gets_no_texts(phone: str) -> bool:
    """Whether ``phone`` is clearly a number that no text may go to, such as a landline."""
    number = e164(phone)
    return bool(number) and not can_get_texts(number)


def comparable(phone: str) -> str:
    """The digits that two ways of writing one number share: with the country, where that is clear."""
    return digits(e164(phone) or phone)


def can_be_a_number(phone: str) -> bool:
    """Whether somebody could mean ``phone`` as a number; local ones and extensions count."""
    written = _WRITTEN.fullmatch(phone)
    return bool(written) and 5 <= len(digits(written["number"])) <= 20
