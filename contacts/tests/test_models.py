import unicodedata

import pytest
from django.db import IntegrityError

from contacts.models import Contact, ContactQuerySet
from contacts.tests.factories import ContactFactory

pytestmark = pytest.mark.django_db


def found(text):
    return [contact.name for contact in Contact.objects.search(text)]


def test_a_contact_has_an_email_address_or_a_phone_number():
    with pytest.raises(IntegrityError, match="contact_has_email_or_phone"):
        Contact.objects.create(name="Ada")


def test_list_shows_the_newest_first():
    first, second = ContactFactory.create_batch(2)

    assert [*Contact.objects.for_list()] == [second, first]


@pytest.mark.parametrize(
    "text", ["chloe", "Chloé", "CHLOÉ", "Chloe\u0301", "hlo", "garcia chlo", "chloe@client.example"]
)
def test_search_finds_parts_of_name_and_email_whatever_the_case_and_accents(text):
    ContactFactory(name="Chloé García", email="chloe@client.example")
    ContactFactory(name="Ben King", email="ben@client.example")

    assert found(text) == ["Chloé García"]


def test_search_finds_letters_that_were_typed_in_parts():
    ContactFactory(name="김하늘")

    assert found(unicodedata.normalize("NFD", "김하늘")) == ["김하늘"]


def test_search_wants_every_word():
    ContactFactory(name="Ada King")
    ContactFactory(name="Ada Lovelace")

    assert found("king ada") == ["Ada King"]
    assert found("ada smith") == []


@pytest.mark.parametrize(
    "text",
    [
        "020 7946 0123",
        "02079460123",
        "7946 0123",
        "0123",
        "+44 20 7946 0123",
        "+44 (0)20 7946 0123",
        "0044 20 7946",
    ],
)
def test_search_finds_any_part_of_a_phone_number_however_it_is_written(text):
    ContactFactory(name="Ada", email="", phone="(020) 7946-0123")
    ContactFactory(name="Ben", email="", phone="020 7000 9999")

    assert found(text) == ["Ada"]


def test_search_finds_an_unclear_number_by_its_digits():
    ContactFactory(name="Ada", phone="946 0123")

    assert found("9460 123") == ["Ada"]


def test_search_takes_a_name_and_a_number_together():
    ContactFactory(name="Ada", phone="020 7946 0123")
    ContactFactory(name="Ben", phone="020 7946 0123", email="ben@client.example")

    assert found("ada 020 7946 0123") == ["Ada"]


@pytest.mark.parametrize("text", ["%", "_", "100%", "a_a", "\\", "'", '"', "%%%", "___"])
def test_search_takes_wildcards_and_quotes_as_they_are(text):
    ContactFactory(name="Ada Lovelace", email="ada@client.example")

    assert found(text) == []


def test_search_finds_wildcards_that_are_there():
    ContactFactory(name="Studio 100% Ada_B")
    ContactFactory(name="Studio 100 AdaXB")

    assert found("100%") == ["Studio 100% Ada_B"]
    assert found("a_b") == ["Studio 100% Ada_B"]


def test_search_takes_one_or_two_letters_as_the_beginning_of_a_word():
    ContactFactory(name="Ada King", email="x@client.example")
    ContactFactory(name="Lena Okafor", email="y@client.example")

    assert found("k") == ["Ada King"]
    assert found("ok") == ["Lena Okafor"]


def test_search_without_letters_or_digits_to_look_for_finds_everybody():
    ContactFactory()

    assert len(found("  ")) == 1


def test_search_puts_the_closest_first():
    ContactFactory(name="King Charles")
    ContactFactory(name="Ada King")
    ContactFactory(name="Parking Ben")

    assert found("king") == ["King Charles", "Ada King", "Parking Ben"]


def test_search_puts_a_number_that_ends_so_first():
    ContactFactory(name="Ends", phone="020 7946 0123")
    ContactFactory(name="Within", phone="020 7901 2346")

    assert found("0123") == ["Ends", "Within"]


def test_search_stops_at_its_limit(monkeypatch):
    monkeypatch.setattr(ContactQuerySet, "SEARCH_LIMIT", 3)
    ContactFactory.create_batch(4)

    assert len(found("ada")) == 3


def test_sharing_address_compares_email_and_phone_in_one_form():
    by_email = ContactFactory(email="family@client.example")
    by_phone = ContactFactory(phone="020 7946 0123")
    ContactFactory(email="else@client.example", phone="020 7946 9999")

    same = Contact.objects.sharing_address(email=" Family@Client.example", phone="+44 20 7946 0123")

    assert {*same} == {by_email, by_phone}


def test_sharing_address_of_nothing_is_nobody():
    ContactFactory(phone="020 7946 0123")

    assert not Contact.objects.sharing_address(email="", phone="").exists()
