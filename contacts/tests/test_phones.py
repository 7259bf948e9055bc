import pytest

from contacts import phones


@pytest.mark.parametrize(
    "written",
    ["020 7946 0000", "+44 (0)20 7946 0000", "0044 20 7946 0000", "020-7946-0000", "020 7946 0000 ext. 12"],
)
def test_e164_is_the_same_for_every_way_of_writing_a_number(written):
    assert phones.e164(written) == "+442079460000"


@pytest.mark.parametrize("unclear", ["", "12345", "ring me", "946 0000", "+49 21111111111111"])
def test_e164_is_empty_where_the_number_is_unclear_or_too_long(unclear):
    assert phones.e164(unclear) == ""


def test_comparable_falls_back_to_the_digits_of_an_unclear_number():
    assert phones.comparable("(946) 00-00") == "9460000"


def test_digits_reads_other_scripts():
    assert phones.digits("٠٢٠ ７９") == "02079"


@pytest.mark.parametrize(
    "written",
    [
        "020 7946 0000",
        "+44 (0)20 7946 0000",
        "946 0000",
        "12345",
        "020 7946 0000, ext. 12",
        "020/7946.0000 x 3",
    ],
)
def test_can_be_a_number_takes_what_people_write(written):
    assert phones.can_be_a_number(written)


@pytest.mark.parametrize(
    "written", ["", "ring me", "1234", "+", "()", "ada@b12345", "0" * 40, "1800 FLOWERS"]
)
def test_can_be_a_number_refuses_what_nobody_could_dial(written):
    assert not phones.can_be_a_number(written)
