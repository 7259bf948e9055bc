import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Business
from alerts.tests.factories import AlertFactory
from bookings.tests.factories import BookedFactory, ServiceFactory
from contacts.tests.factories import ContactFactory
from messaging.models import Address, Message, Rule
from messaging.rules import services as rules
from messaging.words.rules import STANDARDS

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def business():
    return business_with(name="Harbour Care", phone="020 7946 0000")


def business_with(**values):
    Business.objects.current()
    Business.objects.update(**values)
    return Business.objects.current()


def preview(client, code="reminder", *, name="rule_preview", htmx=False, **typed):
    return client.post(reverse(name, args=[code]), typed, **(HTMX if htmx else {}))


def text_of(response):
    return " ".join(response.content.decode().split())


# --- What is shown ---


def test_the_words_are_those_that_whoever_comes_next_would_get(as_admin, business):
    later = timezone.now() + datetime.timedelta(days=9)
    BookedFactory(contact__name="Late Lane", starts_at=later)
    next_one = BookedFactory(contact__name="Nell Next", contact__email="nell@client.example")

    response = as_admin.get(reverse("rule_preview", args=["reminder"]))

    said = response.context["preview"].said
    assert "Nell Next" in said["body"]
    assert str(next_one.service) in said["subject"]
    assert "Harbour Care" in said["sms"]
    assert "would get it, by email to nell@client.example." in text_of(response)
    assert response.context["preview"].sample.note == ""


def test_words_that_are_typed_are_shown_and_not_saved(as_admin, business):
    BookedFactory(contact__name="Ada King")

    response = preview(as_admin, subject="Hi {{first_name}}", body="Bye {{name}}", sms="", channels="sms")

    assert response.context["preview"].said == {"subject": "Hi Ada", "body": "Bye Ada King\n", "sms": ""}
    assert not Rule.objects.exists()


def test_somebody_else_can_be_found_and_chosen(as_admin):
    BookedFactory(contact__name="Nell Next")
    other = BookedFactory(contact__name="Otto Other").contact

    found = preview(as_admin, q="otto")
    chosen = preview(as_admin, contact=other.pk)

    assert found.context["preview"].matches == [other]
    assert found.context["preview"].sample.contact.name == "Nell Next"
    assert "Otto Other" in chosen.context["preview"].said["body"]


def test_a_visit_gone_by_serves_where_none_is_to_come(as_admin):
    past = BookedFactory(starts_at=timezone.now() - datetime.timedelta(days=3))

    response = preview(as_admin, contact=past.contact_id)

    assert str(past.service) in response.context["preview"].said["subject"]
    assert response.context["preview"].sample.note == ""


def test_what_is_invented_is_said(as_admin):
    contact = ContactFactory(name="Ada King")
    ServiceFactory(name="Haircut")

    visit = preview(as_admin, contact=contact.pk)
    Address.objects.all().delete()
    contact.delete()
    everything = preview(as_admin)

    assert "Ada King has no visit yet, so this one is invented." in text_of(visit)
    assert "Haircut" in visit.context["preview"].said["subject"]
    assert "There are no contacts yet, so this one is invented." in text_of(everything)


def test_staff_are_shown_what_the_newest_alert_would_tell_them(as_admin):
    alert = AlertFactory(title="Gloves <b>low</b>")

    response = preview(as_admin, "staff_notice")

    assert response.context["preview"].said["subject"] == "Gloves <b>low</b>"
    assert alert.url in response.context["preview"].said["body"]
    assert "<b>low" not in text_of(response)


def test_who_cannot_be_reached_is_named(as_admin):
    contact = ContactFactory(name="Ada King", email="ada@client.example")
    Address.objects.create(channel="email", value="ada@client.example", state="refused")

    assert "Ada King cannot be reached by this rule" in text_of(preview(as_admin, contact=contact.pk))


def test_problems_gaps_and_the_price_of_an_sms_are_said(as_admin):
    BookedFactory()

    response = preview(as_admin, body="{{nam}}, reply STOP to {{phone}}", sms="ş" + "a" * 70)

    page = text_of(response)
    assert "There is no {{nam}}." in page
    assert "Do not ask for “STOP”" in page
    assert "Phone number of the business: nothing is known" in page
    assert "71 characters: 2 texts" in page
    assert "Written with ş, which leaves room for 70 characters" in page


def test_the_editor_gets_the_panel_alone(as_admin):
    BookedFactory()

    panel, page = preview(as_admin, htmx=True), preview(as_admin)

    assert "<html" not in panel.content.decode()
    assert "<html" in page.content.decode()
    assert '<textarea name="body" hidden>' in page.content.decode()  # which carries the words along


@pytest.mark.parametrize("code", STANDARDS)
def test_every_rule_can_be_previewed(as_admin, code):
    BookedFactory()

    assert preview(as_admin, code).status_code == 200


@pytest.mark.parametrize(
    "typed",
    [
        {"contact": "x"},
        {"contact": "999999999999999999999999"},
        {"contact": "4294967296"},
        {"subject": "a" * 201},
        {"body": "a\x00b"},
        {"q": "a" * 121},
        {"channels": "pigeon"},
        {"to": "a" * 300},
    ],
)
def test_nonsense_is_not_an_error(as_admin, typed):
    BookedFactory()

    assert preview(as_admin, **typed).status_code == 200


@pytest.mark.parametrize("code", ["nonsense", "consent", "test"])
def test_there_is_no_preview_of_a_rule_that_does_not_exist(as_admin, code):
    assert preview(as_admin, code).status_code == 404
    assert preview(as_admin, code, name="rule_test").status_code == 404


# --- A test to oneself ---


def test_a_test_is_what_the_preview_shows_and_leads_to_its_answer(as_admin, admin):
    BookedFactory(contact__name="Ada King")

    response = preview(
        as_admin, name="rule_test", to="Me@Care.example", subject="Hi {{first_name}}", body="B", sms="S"
    )

    message = Message.objects.get(rule="test")
    assert response.url == f"{reverse('messaging:providers')}?test={message.pk}#test"
    assert (message.channel, message.address) == ("email", "me@care.example")
    assert (message.subject, message.body, message.sms) == ("Test: Hi Ada", "B\n", "S")
    assert (message.sent_by, message.conversation) == (admin, None)
    assert not Rule.objects.exists()


def test_a_test_to_a_number_goes_by_sms(as_admin):
    BookedFactory()

    preview(as_admin, name="rule_test", to="07911 123456")

    message = Message.objects.get(rule="test")
    assert (message.channel, message.address) == ("sms", "+447911123456")


def test_the_editor_shows_the_answer_as_soon_as_there_is_one(as_admin):
    BookedFactory()

    response = preview(as_admin, name="rule_test", to="me@care.example", htmx=True)
    asked = text_of(response)
    message = Message.objects.get(rule="test")
    answer_url = f"{reverse('rule_test', args=['reminder'])}?message={message.pk}"
    waiting = text_of(as_admin.get(answer_url))
    Message.objects.filter(pk=message.pk).update(status="failed", reason="550 No such mailbox", attempts=1)
    answered = text_of(as_admin.get(answer_url))

    assert "tested" in response.headers["HX-Trigger-After-Settle"]
    assert f'hx-get="{answer_url}"' in asked
    assert f'hx-get="{answer_url}"' in waiting
    assert "550 No such mailbox" in answered
    assert "hx-get" not in answered


@pytest.mark.parametrize("pk", ["", "x", "9" * 30, "-1", "١"])
def test_there_is_no_answer_without_a_test(as_admin, pk):
    BookedFactory()
    other = Message.objects.first()

    for query in (pk, other.pk):
        url = f"{reverse('rule_test', args=['reminder'])}?message={query}"
        assert as_admin.get(url).status_code == 404


@pytest.mark.parametrize("code", ["welcome", "staff_notice"])
def test_other_rules_can_be_tested_too(as_admin, code):
    ContactFactory()

    assert preview(as_admin, code, name="rule_test", to="me@care.example").status_code == 302


@pytest.mark.parametrize(
    ("typed", "words", "status"),
    [
        ({"to": ""}, "Write your email address or your mobile number.", 200),
        ({"to": "nobody"}, "Write your email address or your mobile number.", 200),
        ({"to": "me@"}, "Enter a valid email address.", 200),
        ({"to": "me@care.example", "body": "{{nam}}"}, "Mend the words first.", 409),
        ({"to": "refused@care.example"}, "has opted out of Email", 409),
    ],
)
def test_a_test_that_cannot_be_is_refused_and_nothing_is_sent(as_admin, typed, words, status):
    BookedFactory()
    Address.objects.create(channel="email", value="refused@care.example", state="refused")

    response = preview(as_admin, name="rule_test", **typed)
    panel = preview(as_admin, name="rule_test", htmx=True, **typed)

    assert response.status_code == status
    assert panel.status_code == 200  # htmx shows an answer only where it went well
    assert words in text_of(response)
    assert panel.headers["HX-Retarget"] == "#preview"
    assert words in text_of(panel)
    assert not Message.objects.filter(rule="test").exists()


def test_a_test_by_a_way_that_is_not_set_up_is_refused(as_admin, settings):
    settings.EMAIL_URL, settings.SMS_URL = "smtp://mail.example", ""
    BookedFactory()

    response = preview(as_admin, name="rule_test", to="07911 123456")

    assert response.status_code == 409
    assert "No provider is set up for SMS." in text_of(response)
    assert not Message.objects.filter(rule="test").exists()


def test_a_rule_that_was_changed_is_previewed_as_it_stands(as_admin, admin):
    BookedFactory()
    rules.change_rule(code="reminder", by=admin, now=timezone.now(), subject="Changed")

    assert preview(as_admin).context["preview"].said["subject"] == "Changed"
