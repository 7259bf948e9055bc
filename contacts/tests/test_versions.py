"""Two people with the page of one contact open."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from bookings.tests.factories import BookedFactory
from contacts import services
from contacts.models import Contact
from contacts.tests.factories import ContactFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return ContactFactory(name="Ada", email="ada@client.example", notes="Rings first.")


def edit_page(contact):
    return reverse("contacts:edit", args=[contact.pk])


def opened(client, contact):
    """The form of the page as the browser would send it back."""
    form = client.get(edit_page(contact)).context["form"]
    return {field.name: field.value() for field in form}


def test_the_page_carries_the_version_that_it_shows(as_staff, ada):
    html = as_staff.get(edit_page(ada)).content.decode()

    assert '<input type="hidden" name="version" value="1"' in html


def test_who_saves_second_is_shown_what_the_first_has_saved(as_staff, admin, ada):
    mine = opened(as_staff, ada) | {"name": "Ada King", "notes": "Mine."}
    services.change_contact(contact=ada, by=admin, notes="Theirs.", stage=Contact.Stage.LOST)

    response = as_staff.post(edit_page(ada), mine)

    assert response.status_code == 409
    assert response.context["theirs"] == [("Name", "Ada"), ("Stage", "Lost"), ("Notes", "Theirs.")]
    assert response.context["form"]["notes"].value() == "Mine."
    html = response.content.decode()
    assert "Save mine anyway" in html
    assert f'href="{ada.get_absolute_url()}">Take theirs</a>' in html
    ada.refresh_from_db()
    assert (ada.name, ada.notes, ada.stage) == ("Ada", "Theirs.", "lost")
    assert AuditEntry.objects.filter(action="contact.changed").count() == 1


def test_saving_mine_anyway_saves_it(as_staff, admin, ada):
    mine = opened(as_staff, ada) | {"notes": "Mine."}
    services.change_contact(contact=ada, by=admin, notes="Theirs.")
    version = as_staff.post(edit_page(ada), mine).context["form"]["version"].value()

    response = as_staff.post(edit_page(ada), mine | {"version": version})

    ada.refresh_from_db()
    assert response.status_code == 302
    assert ada.notes == "Mine."


def test_the_same_change_by_both_is_no_quarrel(as_staff, admin, ada):
    mine = opened(as_staff, ada) | {"notes": "Moved."}
    services.change_contact(contact=ada, by=admin, notes="Moved.")

    response = as_staff.post(edit_page(ada), mine)

    assert response.status_code == 302
    assert AuditEntry.objects.filter(action="contact.changed").count() == 1


def test_a_stage_that_moved_on_by_itself_is_not_set_back(as_staff, ada):
    mine = opened(as_staff, ada) | {"notes": "Mine."}
    BookedFactory(contact=ada)

    response = as_staff.post(edit_page(ada), mine)

    ada.refresh_from_db()
    assert response.status_code == 409
    assert ada.stage == Contact.Stage.BOOKED


@pytest.mark.parametrize("version", ["abc", "1.5", "1" * 5000])
def test_a_version_that_makes_no_sense_changes_nothing(as_staff, ada, version):
    response = as_staff.post(edit_page(ada), opened(as_staff, ada) | {"name": "Eve", "version": version})

    ada.refresh_from_db()
    assert response.status_code == 200
    assert "This page was out of date. Open it again." in response.content.decode()
    assert ada.name == "Ada"
