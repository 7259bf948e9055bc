import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from bookings.models import Booking
from bookings.tests.factories import BookedFactory
from contacts.models import Contact
from contacts.tests.factories import ContactFactory
from messaging.inbox import saying
from messaging.models import Message

pytestmark = pytest.mark.django_db

LIST = reverse("contacts:list")
CREATE = reverse("contacts:create")


def names(response):
    return [contact.name for contact in response.context["contacts"]]


def page(contact, name="detail"):
    return reverse(f"contacts:{name}", args=[contact.pk])


# --- List ---


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number_of_contacts(as_staff, count, django_assert_num_queries):
    ContactFactory.create_batch(count)

    with django_assert_num_queries(4):
        response = as_staff.get(LIST)

    assert len(names(response)) == min(count, 25)


@pytest.mark.parametrize("count", [1, 3])
def test_search_costs_the_same_for_any_number_of_hits(as_staff, count, django_assert_num_queries):
    ContactFactory.create_batch(count)

    with django_assert_num_queries(4):
        response = as_staff.get(LIST, {"q": "ada"})

    assert len(names(response)) == count


def test_list_leads_to_older_contacts_and_back(as_staff):
    contacts = ContactFactory.create_batch(60)
    newest_first = [contact.name for contact in reversed(contacts)]

    first = as_staff.get(LIST)
    second = as_staff.get(LIST + first.context["page_obj"].next_query)
    third = as_staff.get(LIST + second.context["page_obj"].next_query)
    back = as_staff.get(LIST + third.context["page_obj"].previous_query)

    assert names(first) + names(second) + names(third) == newest_first
    assert names(back) == names(second)
    assert not first.context["page_obj"].has_previous
    assert not third.context["page_obj"].has_next


@pytest.mark.parametrize(
    "query", ["after=abc", "after=1~2", "before=x", "after=-1", f"before={10**30}", "after=1.5"]
)
def test_list_knows_no_page_at_a_place_that_cannot_be(as_staff, query):
    ContactFactory()

    assert as_staff.get(f"{LIST}?{query}").status_code == 404


@pytest.mark.parametrize(
    "query", ["page=abc", "after=", "stage=nonsense", "q=", "q=+++", "stage=", "nonsense=1"]
)
def test_list_passes_over_what_makes_no_sense(as_staff, query):
    ContactFactory(name="Ada")

    response = as_staff.get(f"{LIST}?{query}")

    assert names(response) == ["Ada"]


def test_list_refuses_a_nul(as_staff):
    assert as_staff.get(f"{LIST}?q=%00").status_code == 400


def test_list_shows_how_to_reach_a_contact(as_staff):
    contact = ContactFactory(name="Ada <b>", email="ada@client.example", phone="020 7946 0123")
    ContactFactory(name="<script>alert(1)</script>", email="", phone="020 <script>")

    html = as_staff.get(LIST).content.decode()

    assert f'href="{page(contact)}">Ada &lt;b&gt;</a>' in html
    assert 'href="tel:+442079460123">020 7946 0123</a>' in html
    assert "ada@client.example" in html
    assert "<script>alert" not in html
    assert "020 <script>" not in html


def test_list_is_narrowed_by_stage_in_the_url(as_staff, staff):
    ContactFactory(name="Ada")
    lost = ContactFactory(name="Cleo")
    Contact.objects.filter(pk=lost.pk).update(stage=Contact.Stage.LOST)

    response = as_staff.get(LIST, {"stage": "lost"})

    assert names(response) == ["Cleo"]
    assert 'href="?stage=lost" aria-current="page"' in response.content.decode()


def test_search_and_stage_work_together(as_staff):
    ContactFactory(name="Ada King")
    lost = ContactFactory(name="Ada Lovelace")
    Contact.objects.filter(pk=lost.pk).update(stage=Contact.Stage.LOST)

    assert names(as_staff.get(LIST, {"q": "ada", "stage": "lost"})) == ["Ada Lovelace"]


def test_enter_on_a_single_hit_opens_it(as_staff):
    ada, _ = ContactFactory(name="Ada King"), ContactFactory(name="Bob Bell")

    assert as_staff.get(LIST, {"q": "king", "open": "single"}).url == ada.get_absolute_url()
    typing = as_staff.get(LIST, {"q": "king", "open": "single"}, headers={"HX-Request": "true"})
    for response in (typing, as_staff.get(LIST, {"q": "king"})):
        assert names(response) == ["Ada King"]


@pytest.mark.parametrize(("q", "found"), [("ada", 2), ("nobody", 0), ("", 2)])
def test_enter_on_more_or_nothing_lists_it(as_staff, q, found):
    ContactFactory(name="Ada King"), ContactFactory(name="Ada Lovelace")

    assert len(names(as_staff.get(LIST, {"q": q, "open": "single"}))) == found


def test_search_keeps_what_was_typed(as_staff):
    ContactFactory(name="Ada King")

    response = as_staff.get(LIST, {"q": 'Ada "K'})

    assert 'value="Ada &quot;K"' in response.content.decode()


def test_search_shows_the_closest_and_says_that_there_may_be_more(as_staff):
    ContactFactory.create_batch(51)

    response = as_staff.get(LIST, {"q": "ada"})

    assert len(names(response)) == 50
    assert "Showing the closest 50. Type more to narrow it down." in response.content.decode()


def test_search_of_ten_thousand_letters_is_cut(as_staff):
    ContactFactory()

    response = as_staff.get(LIST, {"q": "a " * 5000})

    assert response.status_code == 200
    assert len(response.context["q"]) == 100


@pytest.mark.parametrize(
    ("text", "field"), [("Zoe Quill", "name"), ("zoe@client.example", "email"), ("020 7946 0123", "phone")]
)
def test_search_without_a_hit_offers_to_clear_and_to_add(as_staff, text, field):
    ContactFactory()

    html = as_staff.get(LIST, {"q": text}).content.decode()
    adding = as_staff.get(CREATE, {field: text})

    assert f"Nothing found for “{text}”" in html
    assert f'href="{LIST}">Clear the search</a>' in html
    assert f'href="{CREATE}?{field}=' in html
    assert adding.context["form"][field].value() == text


def test_empty_list_offers_the_first_step(as_staff):
    html = as_staff.get(LIST).content.decode()

    assert "No contacts yet" in html
    assert CREATE in html


# --- Create ---


def test_create_adds_a_contact_and_queues_the_welcome(as_staff, staff):
    response = as_staff.post(
        CREATE,
        {
            "name": "  Ada   Lovelace ",
            "email": "Ada@Client.example",
            "phone": "020 7946 0123",
            "welcome": "on",
        },
    )

    contact = Contact.objects.get()
    assert response["Location"] == page(contact)
    assert (contact.name, contact.email, contact.phone_e164) == (
        "Ada Lovelace",
        "ada@client.example",
        "+442079460123",
    )
    assert contact.conversation.messages.get().status == Message.Status.QUEUED
    assert AuditEntry.objects.about(contact).get().by == staff
    assert "A welcome is on its way." in as_staff.get(page(contact)).content.decode()


def test_create_says_nothing_of_a_welcome_that_cannot_be_sent(as_staff):
    response = as_staff.post(CREATE, {"name": "Ada", "phone": "020 7946 0123"}, follow=True)

    html = response.content.decode()
    assert "Added Ada." in html
    assert "on its way" not in html


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"name": "Ada"}, "__all__", "Enter an email address or a phone number."),
        ({"name": "Ada", "email": " ", "phone": " "}, "__all__", "Enter an email address or a phone number."),
        ({"name": "  ", "email": "ada@client.example"}, "name", "required"),
        ({"name": "A" * 10_000, "email": "ada@client.example"}, "name", "at most 120 characters"),
        ({"name": "\u200b\x00", "email": "ada@client.example"}, "name", "required"),
        ({"name": "Ada", "email": "ada"}, "email", "valid email"),
        ({"name": "Ada", "email": "a" * 10_000 + "@client.example"}, "email", "at most"),
        ({"name": "Ada", "phone": "ring me"}, "phone", "cannot be a phone number"),
        ({"name": "Ada", "phone": "0" * 10_000}, "phone", "at most 40 characters"),
        (
            {"name": "Ada", "email": "ada@client.example", "notes": "x" * 5001},
            "notes",
            "at most 5000 characters",
        ),
        ({"name": "Ada", "email": "ada@client.example", "notes": "\x00"}, "notes", "Null characters"),
    ],
)
def test_create_keeps_what_was_typed_when_something_is_wrong_and_writes_nothing(
    as_staff, values, field, words
):
    response = as_staff.post(CREATE, values)

    form = response.context["form"]
    assert response.status_code == 200
    assert words in " ".join(form.errors[field])
    assert form["name"].value() == values["name"]
    assert not Contact.objects.exists()
    assert not Message.objects.exists()


def test_create_warns_of_somebody_with_the_same_address(as_staff):
    twin = ContactFactory(name="Ben King", email="family@client.example", phone="020 7946 0123")
    values = {"name": "Ada King", "email": "Family@client.example"}

    response = as_staff.post(CREATE, values)

    html = response.content.decode()
    assert response.status_code == 409
    assert f'href="{page(twin)}">Ben King</a>' in html
    assert "Add anyway" in html
    assert response.context["form"]["name"].value() == "Ada King"
    assert [*Contact.objects.all()] == [twin]


def test_create_warns_of_the_same_number_written_differently(as_staff):
    ContactFactory(phone="+44 20 7946 0123")

    response = as_staff.post(CREATE, {"name": "Ada King", "phone": "(020) 7946-0123"})

    assert response.status_code == 409
    assert Contact.objects.count() == 1


def test_create_adds_anyway_what_was_warned_of(as_staff):
    twin = ContactFactory(email="family@client.example")
    values = {"name": "Ada King", "email": "family@client.example", "seen": [str(twin.pk)]}

    response = as_staff.post(CREATE, values)

    assert response.status_code == 302
    assert Contact.objects.filter(email="family@client.example").count() == 2


def test_create_warns_again_of_somebody_else(as_staff):
    twin = ContactFactory(email="family@client.example")
    ContactFactory(email="other@client.example")
    values = {"name": "Ada King", "email": "other@client.example", "seen": [str(twin.pk), "nonsense"]}

    response = as_staff.post(CREATE, values)

    assert response.status_code == 409
    assert Contact.objects.count() == 2


# --- Detail ---


@pytest.mark.parametrize("count", [1, 3])
def test_detail_costs_the_same_for_any_history(as_staff, count, django_assert_num_queries):
    contact = ContactFactory(welcome=True)
    BookedFactory.create_batch(count, contact=contact)

    with django_assert_num_queries(8):
        response = as_staff.get(page(contact))

    assert response.status_code == 200


def test_detail_counts_missed_and_late_visits(as_staff):
    contact = ContactFactory()
    assert "no-show" not in as_staff.get(page(contact)).content.decode()
    for changes in [
        {"status": "no_show"},
        {"status": "no_show"},
        {"status": "cancelled", "cancel_cause": "customer", "cancelled_late": True},
        {"status": "cancelled", "cancel_cause": "business", "cancelled_late": True},
        {"status": "cancelled", "cancel_cause": "customer"},
    ]:
        Booking.objects.filter(pk=BookedFactory(contact=contact).pk).update(**changes)

    html = as_staff.get(page(contact)).content.decode()

    assert "2 no-shows" in html
    assert "1 late cancellation<" in html


def test_detail_tells_the_person_in_one_glance(as_staff, staff):
    contact = ContactFactory(
        name="Ada", email="ada@client.example", phone="020 7946 0123", notes="Rings first."
    )
    booking = BookedFactory(contact=contact)
    saying.reply(conversation=contact.conversation, by=staff, body="I will ring you.", now=timezone.now())

    html = as_staff.get(page(contact)).content.decode()

    assert 'href="tel:+442079460123"' in html
    assert 'href="mailto:ada@client.example"' in html
    assert "Rings first." in html
    assert f'href="{booking.get_absolute_url()}"' in html
    assert "Automation is paused until" in html
    assert f"since {staff} replied" in html
    assert f"{reverse('bookings:create')}?contact={contact.pk}" in html
    assert contact.conversation.get_absolute_url() in html
    assert page(contact, "edit") in html


def test_detail_says_what_became_of_messages(as_staff, staff):
    contact = ContactFactory(name="Ada", email="ada@client.example", welcome=True)
    BookedFactory(contact=contact)
    now = timezone.now()
    saying.record_incoming(conversation=contact.conversation, body="Is there parking?", at=now)
    saying.reply(conversation=contact.conversation, by=staff, body="Yes, in Dock Lane.", now=now)
    Message.objects.filter(rule="welcome").update(
        status="failed", reason="The provider said: no such mailbox"
    )

    html = as_staff.get(page(contact)).content.decode()

    assert "planned for" in html
    assert "Is there parking?" in html
    assert "Yes, in Dock Lane." in html
    assert "The provider said: no such mailbox" in html
    assert "Still to come" in html


def test_detail_says_who_waits_for_an_answer(as_staff):
    contact = ContactFactory()
    saying.record_incoming(conversation=contact.conversation, body="Hello?", at=timezone.now())

    assert "not answered" in as_staff.get(page(contact)).content.decode()


@pytest.mark.parametrize("name", ["detail", "edit"])
@pytest.mark.parametrize("pk", [0, 10**30])
def test_unknown_contacts_are_not_found(as_staff, name, pk):
    assert as_staff.get(reverse(f"contacts:{name}", args=[pk])).status_code == 404


def test_detail_offers_deletion_to_those_who_may_delete(as_staff, as_admin):
    contact = ContactFactory()
    link = page(contact, "delete")

    assert link not in as_staff.get(page(contact)).content.decode()
    assert link in as_admin.get(page(contact)).content.decode()


# --- Edit ---


def test_edit_changes_a_contact(as_staff, staff):
    contact = ContactFactory(name="Ada", email="ada@client.example")
    values = {"name": "Ada King", "email": "ada@client.example", "phone": "020 7946 0123", "stage": "lost"}

    response = as_staff.post(page(contact, "edit"), values)

    contact.refresh_from_db()
    assert response["Location"] == page(contact)
    assert (contact.name, contact.phone_e164, contact.stage) == ("Ada King", "+442079460123", "lost")
    assert AuditEntry.objects.get(action="contact.changed").by == staff


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"email": "", "phone": ""},
        {"stage": "nonsense"},
        {"phone": "ring me"},
        {"name": "\u200b\x00"},
    ],
)
def test_edit_keeps_what_was_typed_when_something_is_wrong_and_changes_nothing(as_staff, wrong):
    contact = ContactFactory(name="Ada", email="ada@client.example")
    values = {
        "name": "Eve",
        "email": "eve@client.example",
        "phone": "",
        "stage": "booked",
        "notes": "typed",
    } | wrong

    response = as_staff.post(page(contact, "edit"), values)

    assert response.status_code == 200
    assert response.context["form"].errors
    assert response.context["form"]["notes"].value() == "typed"
    assert "Edit Ada</h1>" in response.content.decode()
    contact.refresh_from_db()
    assert (contact.name, contact.email, contact.stage) == ("Ada", "ada@client.example", "new")


# --- Delete ---


def test_delete_shows_what_depends_on_the_contact_first(as_admin):
    contact = ContactFactory(welcome=True)
    BookedFactory(contact=contact)

    html = as_admin.get(page(contact, "delete")).content.decode()

    assert "1 booking will be deleted." in html
    assert "A visit is still to come" in html
    assert Contact.objects.filter(pk=contact.pk).exists()


def test_delete_deletes(as_admin):
    contact = ContactFactory(name="Ada", welcome=True)
    BookedFactory(contact=contact)

    response = as_admin.post(page(contact, "delete"), follow=True)

    assert not Contact.objects.exists()
    assert "Deleted Ada." in response.content.decode()
    assert AuditEntry.objects.filter(action="contact.deleted", subject="a deleted contact").exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_delete_is_not_for_staff_and_then_changes_nothing(as_staff, method):
    contact = ContactFactory()

    response = getattr(as_staff, method)(page(contact, "delete"))

    assert response.status_code == 403
    assert Contact.objects.filter(pk=contact.pk).exists()
    assert not AuditEntry.objects.filter(action="contact.deleted").exists()


@pytest.mark.parametrize(
    ("phone", "is_told"), [("020 7946 0000", True), ("07400 654321", False), ("12345", False)]
)
def test_the_form_tells_what_cannot_get_texts(as_staff, phone, is_told):
    typed = as_staff.post(reverse("contacts:create"), {"name": "", "phone": phone})
    stored = as_staff.get(page(ContactFactory(name="Ada", phone=phone), "edit"))

    assert ("This number cannot get texts." in typed.text) is is_told
    assert ("This number cannot get texts." in stored.text) is is_told
