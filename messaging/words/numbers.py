"""Which numbers texts may go to, by what the tables of the world's numbers say about them. Pure: nobody is asked."""

from collections.abc import Collection
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

TEXTED = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.UNKNOWN}
NOWHERE = "001"  # satellites, and others that belong to no country
SAME_NETWORKS = {"GG": "GB", "IM": "GB", "JE": "GB"}  # dialled, and charged, like British ones


@lru_cache(maxsize=10_000)
def can_get_texts(number: str, regions: Collection[str] | None = None) -> bool:
    """Whether ``number`` is a mobile, or of a kind that nobody knows; landlines and what costs extra are not.

    :param number: as E.164, such as +447400654321
    :param regions: the countries that it may be of, such as ("GB", "IE"); None: any
    """
    try:
        parsed = phonenumbers.parse(number)
    except NumberParseException:
        return False
    if phonenumbers.number_type(parsed) not in TEXTED:
        return False
    region = phonenumbers.region_code_for_number(parsed)
    region = region or phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    return region != NOWHERE and (regions is None or SAME_NETWORKS.get(region, region) in regions)
