import pytest
from django.urls import reverse
from django.utils.html import escape

from accounts.models import AuditEntry, Business
from messaging.inbox import saved_replies
from messaging.models import SavedReply
from messaging.tests.talks import begun, text, url

pytestmark = pytest.mark.django_db
LIST = reverse("messaging:saved_replies")
NEW = reverse("messaging:saved_reply_create")


@pytest.fixture
def parking(admin):
    return saved_replies.create_saved_reply(name="Parking", body="Behind the house.", by=admin)


def edit(saved_reply) -> str:
    return reverse("messaging:saved_reply_edit", args=[saved_reply.pk])


def delete(saved_reply) -> str:
    return reverse("messaging:saved_reply_delete", args=[saved_reply.pk])


def test_an_admin_writes_a_saved_reply(as_admin, admin):
    response = as_admin.post(NEW, {"name": " Parking  place ", "body": "Behind\r\nthe house."}, follow=True)

    saved_reply = SavedReply.objects.get()
    assert (saved_reply.name, saved_reply.body) == ("Parking place", "Behind\nthe house.")
    assert "Saved the reply “Parking place”." in text(response)
    assert AuditEntry.objects.get(action="saved_reply.created").by == admin


def test_the_same_saved_reply_twice_is_one(as_admin):
    responses = [as_admin.post(NEW, {"name": "Parking", "body": "Behind the house."}) for _ in range(2)]

    assert [response.status_code for response in responses] == [302, 302]
    assert SavedReply.objects.count() == 1


def test_a_name_that_another_one_has_is_refused_and_the_words_are_kept(as_admin, parking, admin):
    other = saved_replies.create_saved_reply(name="Towels", body="Bring one.", by=admin)

    for address in (NEW, edit(other)):
        response = as_admin.post(address, {"name": "Parking", "body": "In the street."})

        assert response.status_code == 409
        assert "There is a saved reply “Parking” already." in text(response)
        assert "In the street.</textarea>" in text(response)
    assert set(SavedReply.objects.values_list("name", "body")) == {
        ("Parking", "Behind the house."),
        ("Towels", "Bring one."),
    }


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("", "This field is required."),
        ("x" * 2_001, "at most 2000 characters"),
        ("Hello {{surname}}", "There is no {{surname}}."),
        ("Your visit is on {{when}}", "There is no {{when}}."),
        ("Hello {{name", "A placeholder is not closed"),
        ("Reply STOP to opt out", "Do not ask for “STOP”"),
    ],
)
def test_words_that_would_not_work_are_refused(as_admin, body, complaint):
    response = as_admin.post(NEW, {"name": "Parking", "body": body})

    assert response.status_code == 200
    assert escape(complaint) in text(response)
    assert not SavedReply.objects.exists()


def test_a_saved_reply_is_changed(as_admin, parking):
    response = as_admin.post(
        edit(parking), {"name": "Parking", "body": "In the street.", "version": 1}, follow=True
    )

    parking.refresh_from_db()
    assert (parking.body, parking.version) == ("In the street.", 2)
    assert "Saved the reply “Parking”." in text(response)


def test_nobody_overwrites_what_they_have_not_seen(as_admin, admin, parking):
    saved_replies.change_saved_reply(saved_reply=parking, name="Parking", body="Theirs", by=admin)

    response = as_admin.post(edit(parking), {"name": "Parking", "body": "Mine", "version": 1})

    parking.refresh_from_db()
    assert response.status_code == 409
    assert "Theirs" in text(response)
    assert "Mine</textarea>" in text(response)
    assert parking.body == "Theirs"


def test_a_saved_reply_is_deleted_once(as_admin, parking):
    asked = as_admin.get(delete(parking))
    done = as_admin.post(delete(parking), follow=True)

    assert "Delete this saved reply?" in text(asked)
    assert "Deleted the reply “Parking”." in text(done)
    assert not SavedReply.objects.exists()
    assert as_admin.post(delete(parking)).status_code == 404
    assert AuditEntry.objects.filter(action="saved_reply.deleted").count() == 1


def test_what_is_deleted_cannot_be_changed(admin, parking):
    saved_replies.delete_saved_reply(saved_reply=parking, by=admin)

    with pytest.raises(saved_replies.SavedReplyGone):
        saved_replies.change_saved_reply(saved_reply=parking, name="Parking", body="Mine", by=admin)


def test_staff_see_saved_replies_and_use_them_but_do_not_change_them(as_staff, parking):
    shown = text(as_staff.get(LIST))

    assert "Behind the house." in shown
    assert edit(parking) not in shown
    assert "Only admins write saved replies." in shown
    for address in (NEW, edit(parking), delete(parking)):
        assert as_staff.post(address, {"name": "x", "body": "y"}).status_code == 403
    assert SavedReply.objects.get().body == "Behind the house."


@pytest.mark.parametrize(
    ("client", "words"), [("as_staff", "An admin writes"), ("as_admin", "New saved reply")]
)
def test_without_saved_replies_the_page_says_what_they_are_for(request, client, words):
    shown = text(request.getfixturevalue(client).get(LIST))

    assert "No saved replies yet" in shown
    assert words in shown


@pytest.mark.parametrize("count", [1, 3])
def test_saved_replies_cost_the_same_for_any_number(as_staff, count, django_assert_num_queries):
    Business.objects.current()
    SavedReply.objects.bulk_create(SavedReply(name=f"{n}", body="Words") for n in range(count))

    with django_assert_num_queries(4):
        as_staff.get(LIST)


def test_a_saved_reply_is_filled_in_for_the_contact(as_staff, admin):
    Business.objects.update_or_create(pk=1, defaults={"name": "Harbour Physio", "phone": "020 7946 0000"})
    saved_replies.create_saved_reply(
        name="Parking", body="Hello {{first_name}},\n\npark here. {{phone}}\n{{business}}", by=admin
    )

    shown = text(as_staff.get(url("conversation", begun("Ada Lovelace <x>"))))

    assert 'value="Hello Ada,\n\npark here. 020 7946 0000\nHarbour Physio"' in shown
