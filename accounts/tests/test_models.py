import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from accounts.models import AuditEntry, Business, User, subject_key
from accounts.services import record
from accounts.tests.factories import UserFactory


@pytest.mark.django_db
def test_people_are_found_by_their_address_in_any_case(staff):
    assert User.objects.get_by_natural_key("SARA@CareOps.example") == staff


@pytest.mark.django_db
def test_an_address_with_capitals_cannot_be_stored(staff):
    with pytest.raises(IntegrityError, match="user_email_is_lower_case"):
        User.objects.filter(pk=staff.pk).update(email="Sara@careops.example")


@pytest.mark.django_db
def test_people_are_called_by_the_first_of_their_names():
    user = UserFactory(name="Ada King Lovelace")

    assert (str(user), user.get_full_name(), user.get_short_name()) == ("Ada King Lovelace",) * 2 + ("Ada",)


@pytest.mark.django_db
def test_for_list_goes_by_name_and_knows_the_role(admin, staff):
    UserFactory(name="ben lower-case").groups.clear()

    rows = [(user.name, user.role_name) for user in User.objects.for_list()]

    assert rows == [("Amir Admin", "Admin"), ("ben lower-case", ""), ("Sara Staff", "Staff")]


@pytest.mark.django_db
def test_there_is_one_business():
    assert Business.objects.current() == Business.objects.current()
    with pytest.raises(IntegrityError, match="one_business"):
        Business.objects.create(pk=2)


@pytest.mark.django_db
def test_about_finds_the_entries_of_one_object_the_newest_first(staff, admin):
    AuditEntry.objects.all().delete()
    first, second = (record(by=admin, action=action, subject=staff) for action in ("user.one", "user.two"))
    record(by=staff, action="user.other", subject=admin)

    assert list(AuditEntry.objects.about(staff)) == [second, first]
    assert first.subject_key == subject_key(staff) == f"user:{staff.pk}"


@pytest.mark.parametrize(("text", "regions"), [("", ("GB",)), ("gb, IE", ("GB", "IE")), ("IE", ("IE",))])
def test_texts_go_to_the_countries_that_are_named(text, regions):
    assert Business(text_regions=text).texted == regions


def test_a_country_that_there_is_not_is_refused():
    with pytest.raises(ValidationError, match="ENGLAND is none"):
        Business(text_regions="GB, England").clean_fields()
