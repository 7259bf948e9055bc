"""Which numbers a text may go to."""

import pytest

from messaging.words.numbers import can_get_texts

HOME = ("GB", "IE")


@pytest.mark.parametrize("number", ["+447400654321", "+353871234567", "+447911123456", "+447700900123"])
def test_mobiles_of_the_countries_that_are_named_get_texts(number):
    assert can_get_texts(number, HOME)


@pytest.mark.parametrize(
    "number",
    [
        "+442079460000",  # a landline
        "+449098790000",  # premium
        "+448712345678",  # shared cost
        "+448001234567",  # free to call
        "+443001234567",  # companies
        "+445601234567",  # over the internet
        "+447091234567",  # follows a person around
        "+870773111632",  # a satellite
        "nonsense",
        "",
    ],
)
@pytest.mark.parametrize("regions", [HOME, None])
def test_no_other_kind_does(number, regions):
    assert not can_get_texts(number, regions)


@pytest.mark.parametrize("number", ["+4915123456789", "+12025550123", "+18765550123"])
def test_other_countries_are_for_people_to_write_to(number):
    assert not can_get_texts(number, HOME)
    assert can_get_texts(number)
