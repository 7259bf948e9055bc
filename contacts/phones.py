"""Phone numbers: kept as people write them, compared and dialled in one form."""

import re

from django.conf import settings
from phonenumber_field.phonenumber import to_python

from careops.core.search import digits

E164_LENGTH = 16  # a plus and at most fifteen digits
_WRITTEN = re.compile(
    r"(?P<number>[\d\s+＋()./,\u2010-\u2015\u2212-]+)((ext\.?|x|#)\s*\d{1,6})?", re.IGNORECASE
)


def e164(phone: str) -> str:
    """``phone`` as the whole world dials it, such as +442079460000; empty if unclear.

    A number without a country code belongs to the country of the installation.
    """
    number = to_python(phone, region=settings.PHONENUMBER_DEFAULT_REGION)
    if not number or not number.is_valid() or len(number.as_e164) > E164_LENGTH:
        return ""
    return number.as_e164


def comparable(phone: str) -> str:
    """The digits that two ways of writing one number share: with the country, where that is clear."""
    return digits(e164(phone) or phone)


def can_be_a_number(phone: str) -> bool:
    """Whether somebody could mean ``phone`` as a number; local ones and extensions count."""
    written = _WRITTEN.fullmatch(phone)
    return bool(written) and 5 <= len(digits(written["number"])) <= 20
