"""The page on which admins see how email and SMS are doing, and test them."""

import datetime

import pytest
from django.utils import timezone

from messaging.consent.services import refuse
from messaging.delivery import sending
from messaging.models import Message, Provider, WebhookEvent
from messaging.tests import smtp
from messaging.tests.factories import MessageFactory

PAGE = "/messages/providers/"
HOUR = datetime.timedelta(hours=1)


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_with_nothing_set_up_it_says_so(as_admin):
    page = text(as_admin.get(PAGE))

    assert page.count("Not set up") == 2
    assert page.count("messages stay in CareOps, and the outbox shows them") == 2


def test_a_channel_without_a_provider_beside_one_with_is_closed(as_admin, settings):
    settings.EMAIL_URL = "smtp+tls://careops:secret@smtp.example.com:587"

    page = as_admin.get(PAGE)
    refused = as_admin.post(f"{PAGE}sms/test/", {"address": "+447911123456"}, follow=True)

    assert "Leaves through <strong>smtp.example.com</strong>" in text(page)
    assert "secret" not in text(page)
    assert "nothing goes this way" in text(page)
    assert f"{PAGE}sms/test/" not in text(page)
    assert "No provider is set up for SMS." in text(refused)
    assert not Message.objects.exists()


def test_it_shows_how_a_provider_is_doing(as_admin, settings):
    settings.EMAIL_URL = "smtp://smtp.example.com"
    now = timezone.now()
    Provider.objects.create(
        channel="email",
        failures=6,
        open_until=now + 2 * HOUR,
        accepted_at=now - HOUR,
        failed_at=now,
        words="The provider said: 451 come back later",
    )
    for status in ("sent", "sent", "delivered", "failed", "bounced", "unknown", "queued", "skipped"):
        MessageFactory(status=status)
    MessageFactory(status="failed", send_at=now - 25 * HOUR)
    MessageFactory(status="planned", send_at=now + HOUR)

    page = text(as_admin.get(PAGE))

    assert "Given a rest" in page
    assert "After 6 failures in a row" in page
    assert "The provider said: 451 come back later" in page
    assert "3 sent, 2 failed, 1 unknown, 1 waiting" in page


def test_it_gives_the_addresses_for_webhooks_and_never_a_secret(as_admin, settings):
    settings.ALLOWED_ORIGINS = ["https://careops.example.com"]
    settings.EMAIL_URL = "anymail://mailgun?api_key=k"
    settings.ANYMAIL = {"MAILGUN_API_KEY": "apikeysecret", "MAILGUN_WEBHOOK_SIGNING_KEY": "hooksecret"}
    settings.SMS_URL = "twilio://AC1:tokensecret@api.twilio.com/+15550100"
    settings.WEBHOOK_SECRET = "mailsecret"
    WebhookEvent.objects.create(channel="sms", event_id="1", kind="report", payload={})

    page = text(as_admin.get(PAGE))

    for path in ("sms/", "email/mailgun/tracking/", "email/mailgun/inbound/", "email/raw/"):
        assert f"https://careops.example.com/webhooks/{path}" in page
    assert "api.twilio.com" in page
    assert page.count("Nothing within a month") == 1
    assert not [
        secret for secret in ("apikeysecret", "hooksecret", "tokensecret", "mailsecret") if secret in page
    ]


def test_a_test_goes_to_the_real_provider_and_its_answer_is_shown(as_admin, settings):
    with smtp.SmtpServer() as server:
        server.configure(settings)
        posted = as_admin.post(f"{PAGE}email/test/", {"address": "Amir@CareOps.example"})
        waiting = text(as_admin.get(posted.url))
        sending.deliver_due(limit=1)
        answered = text(as_admin.get(posted.url))

    message = Message.objects.get()
    assert (message.rule, message.address, message.conversation) == ("test", "amir@careops.example", None)
    assert 'hx-trigger="every 2s"' in waiting
    assert "The answer of the provider appears here." in waiting
    assert "The provider took it" in answered
    assert 'hx-trigger="every 2s"' not in answered
    assert len(server.received) == 1


def test_a_test_has_a_page_of_its_own(as_admin):
    message = MessageFactory(conversation=None, address="a@example.com", rule="test", sent_by=None)

    page = as_admin.get(message.get_absolute_url())
    outbox = as_admin.get("/messages/outbox/")

    assert "a@example.com" in text(page)
    assert outbox.status_code == 200


def test_a_failed_test_shows_the_words_of_the_provider(as_admin):
    message = MessageFactory(
        conversation=None,
        address="a@example.com",
        rule="test",
        status="failed",
        reason="The provider said: 535 no",
    )

    page = text(as_admin.get(f"{PAGE}?test={message.pk}"))

    assert "Test to a@example.com" in page
    assert "The provider said: 535 no" in page


@pytest.mark.parametrize("pk", ["", "x", "-1", "²", "9" * 30, "1e3"])
def test_a_test_that_is_none_is_not_shown(pk, as_admin):
    MessageFactory()

    page = as_admin.get(PAGE, {"test": pk})

    assert page.status_code == 200
    assert "Test to" not in text(page)


def test_another_message_is_not_shown_as_a_test(as_admin):
    assert "Test to" not in text(as_admin.get(PAGE, {"test": MessageFactory().pk}))


@pytest.mark.parametrize(
    ("channel", "address", "words"),
    [
        ("email", "nobody", "Enter a valid email address."),
        ("email", "", "This field is required."),
        ("sms", "12", "That is no number that can be texted."),
        ("sms", "<b>", "That is no number that can be texted."),
    ],
)
def test_a_test_to_nowhere_is_refused_in_words(channel, address, words, as_admin):
    page = as_admin.post(f"{PAGE}{channel}/test/", {"address": address})

    assert words in text(page)
    assert not Message.objects.exists()


def test_a_test_to_somebody_who_has_opted_out_is_refused(as_admin):
    refuse(channel="sms", value="+447911123456", source="message", now=timezone.now())

    page = as_admin.post(f"{PAGE}sms/test/", {"address": "07911 123456"}, follow=True)

    assert "has opted out of SMS" in text(page)
    assert not Message.objects.exists()


def test_a_channel_that_there_is_not_is_not_found(as_admin):
    assert as_admin.post(f"{PAGE}fax/test/", {"address": "1"}).status_code == 404


def test_only_admins_come_here(as_staff):
    assert as_staff.get(PAGE).status_code == 403
    assert as_staff.post(f"{PAGE}email/test/", {"address": "a@b.example"}).status_code == 403
    assert not Message.objects.exists()


def test_the_page_takes_as_many_queries_whatever_happened(as_admin, django_assert_num_queries):
    MessageFactory.create_batch(5)
    as_admin.get(PAGE)

    with django_assert_num_queries(6):
        as_admin.get(PAGE)
