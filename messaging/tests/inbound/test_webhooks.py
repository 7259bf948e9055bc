"""Webhooks: verified, stored once, answered; mail is read by the worker, and nothing is made of any of it yet."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from django.db import connection
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from alerts.models import Alert
from contacts.inbound import process_events
from messaging.inbound import signatures
from messaging.models import WebhookEvent
from messaging.tests import outside

pytestmark = pytest.mark.django_db

NUMBER = "+447911123456"


@pytest.fixture(autouse=True)
def _set_up(settings):
    settings.ALLOWED_ORIGINS = [outside.ORIGIN]
    settings.SMS_URL = outside.SMS_URL
    settings.WEBHOOK_SECRET = outside.SECRET


def stored():
    return WebhookEvent.objects.count()


def read():
    """What the worker makes of the one thing that was posted."""
    posted = WebhookEvent.objects.get()
    assert posted.kind == WebhookEvent.Kind.POSTED
    process_events(limit=1, now=timezone.now())
    posted.refresh_from_db()
    assert (posted.raw, posted.trouble) == (None, "")
    return WebhookEvent.objects.exclude(pk=posted.pk).get()


def waiting_jobs():
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs WHERE queueing_lock = 'process_events'")
        return cursor.fetchall()


def test_the_signature_is_the_one_in_the_documentation_of_twilio():
    fields = QueryDict(mutable=True)
    fields.update(
        {
            "CallSid": "CA1234567890ABCDE",
            "Caller": "+14158675310",
            "Digits": "1234",
            "From": "+14158675310",
            "To": "+18005551212",
        }
    )

    signature = signatures.twilio(
        token="12345", url="https://example.com/myapp.php?foo=1&bar=2", fields=fields
    )

    assert signature == "L/OH5YylLD5NRKLltdqwSvS0BnU="


def test_an_sms_is_stored_and_wakes_the_worker(client, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = outside.post_sms(client, outside.sms_from(NUMBER, "Hello", sid="SM1"))

    event = WebhookEvent.objects.get()
    assert (response.status_code, response["Content-Type"]) == (200, "text/xml")
    assert (event.channel, event.kind, event.event_id) == ("sms", "inbound", "SM1:in")
    assert event.payload["words"] == "Hello"
    assert event.processed_at is None
    assert len(waiting_jobs()) == 1


def test_a_replay_changes_nothing(client):
    for _ in range(3):
        assert outside.post_sms(client, outside.sms_from(NUMBER, "Hello", sid="SM1")).status_code == 200
        assert outside.post_mail(client, outside.email()).status_code == 200

    assert stored() == 2


@pytest.mark.parametrize("signature", ["", "L/OH5YylLD5NRKLltdqwSvS0BnU=", "ü"])
def test_a_forged_sms_is_refused(client, signature):
    response = outside.post_sms(client, outside.sms_from(NUMBER, "Hello", sid="SM1"), signature=signature)

    assert response.status_code == 403
    assert stored() == 0


def test_a_changed_sms_is_refused(client):
    form = QueryDict(mutable=True)
    form.update(outside.sms_from(NUMBER, "Hello", sid="SM1"))
    signature = signatures.twilio(
        token=outside.TOKEN, url=outside.ORIGIN + reverse("webhook_sms"), fields=form
    )

    response = outside.post_sms(client, outside.sms_from(NUMBER, "STOP", sid="SM1"), signature=signature)

    assert response.status_code == 403
    assert stored() == 0


def test_the_signature_is_about_the_public_address_whatever_the_proxy_says(client):
    fields = outside.sms_from(NUMBER, "Hello", sid="SM1")
    form = QueryDict(mutable=True)
    form.update(fields)
    inner = signatures.twilio(
        token=outside.TOKEN, url="http://testserver" + reverse("webhook_sms"), fields=form
    )

    assert outside.post_sms(client, fields, signature=inner).status_code == 403
    assert outside.post_sms(client, fields).status_code == 200


def test_an_email_of_our_own_mail_server_is_stored(client):
    response = outside.post_mail(client, outside.email("When are you open?"))

    event = read()
    assert response.status_code == 200
    assert (event.channel, event.kind) == ("email", "inbound")
    assert event.payload["sender"] == "ada@client.example"
    assert event.payload["words"] == "When are you open?"


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_stale_email_is_refused(client, seconds):
    response = outside.post_mail(client, outside.email(), timestamp=int(time.time()) + seconds)

    assert response.status_code == 403
    assert stored() == 0


def test_a_forged_email_is_refused(client):
    assert outside.post_mail(client, outside.email(), signature="0" * 64).status_code == 403
    assert stored() == 0


def test_nothing_is_said_where_nothing_is_set_up(client, settings):
    settings.SMS_URL = settings.WEBHOOK_SECRET = ""

    assert outside.post_sms(client, outside.sms_from(NUMBER, "Hello", sid="SM1")).status_code == 404
    assert outside.post_mail(client, outside.email()).status_code == 404
    assert post_postmark(client, {}).status_code == 404
    assert stored() == 0


def test_what_is_too_large_is_refused_unread(client):
    assert outside.post_sms(client, outside.sms_from(NUMBER, "x" * 1_000_001, sid="SM1")).status_code == 413
    assert outside.post_mail(client, b"x" * 10_000_001).status_code == 413
    assert stored() == 0


def test_an_email_with_files_may_be_large(client):
    raw = outside.email("x" * 2_000_000)

    assert outside.post_mail(client, raw).status_code == 200
    assert len(read().payload["words"]) < 21_000


def post_postmark(client, told, *, kind="tracking", secret=outside.SECRET):
    credentials = base64.b64encode(f"careops:{secret}".encode()).decode()
    return client.post(
        reverse("webhook_email", args=["postmark", kind]),
        told if isinstance(told, str) else json.dumps(told),
        content_type="application/json",
        headers={"Authorization": f"Basic {credentials}"},
    )


BOUNCE = {
    "RecordType": "Bounce",
    "ID": 42,
    "Type": "HardBounce",
    "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
    "Email": "ada@client.example",
    "Details": "smtp;550 5.1.1 No such user",
    "BouncedAt": "2026-11-05T16:33:54.9070259Z",
}


def test_a_report_of_a_provider_is_stored(client):
    response = post_postmark(client, BOUNCE)

    payload = WebhookEvent.objects.get().payload
    assert response.status_code == 200
    assert (payload["fate"], payload["is_hard"]) == ("bounced", True)
    assert payload["provider_id"] == "883953f4-6105-42a2-a16a-77a8eac79483"


def test_a_bounce_that_may_pass_is_not_hard(client):
    post_postmark(client, BOUNCE | {"Type": "SoftBounce", "Details": "smtp;452 4.2.2 Mailbox full"})

    assert WebhookEvent.objects.get().payload["is_hard"] is False


def test_mail_by_a_provider_is_stored(client):
    headers = [{"Name": "Message-ID", "Value": "<7@client.example>"}]
    told = {
        "FromFull": {"Email": "ada@client.example", "Name": "Ada"},
        "From": "Ada <ada@client.example>",
        "To": "x@in.example",
    }
    told |= {
        "Subject": "Hi",
        "TextBody": "Are you open?",
        "HtmlBody": "",
        "Headers": headers,
        "Attachments": [],
    }
    told |= {
        "OriginalRecipient": "reply+0123456789abcdef@in.example",
        "MessageID": "m1",
        "Date": "Thu, 5 Nov 2026",
    }

    response = post_postmark(client, told, kind="inbound")

    payload = read().payload
    assert response.status_code == 200
    assert payload["words"] == "Are you open?"
    assert "reply+0123456789abcdef@in.example" in payload["recipients"]


def test_a_provider_without_the_secret_is_refused(client):
    assert post_postmark(client, BOUNCE, secret="guessed").status_code == 403
    assert stored() == 0


@pytest.mark.parametrize(
    "told", [[], {"RecordType": 3}, {"RecordType": "Bounce", "Type": []}, {"FromFull": 1}]
)
def test_what_no_provider_would_send_is_refused_in_words_of_its_own(client, told):
    assert post_postmark(client, told).status_code in {200, 400}
    assert stored() == 0
    assert post_postmark(client, told, kind="inbound").status_code == 200

    process_events(limit=10, now=timezone.now())

    assert WebhookEvent.objects.get().trouble
    assert Alert.objects.get().kind == Alert.Kind.UNREADABLE


@pytest.mark.parametrize("body", ['{"n": 1', '{"n": ' + "9" * 5_000 + "}"])
def test_what_is_no_json_is_refused(client, body):
    assert post_postmark(client, body, kind="inbound").status_code == 400
    assert post_postmark(client, body).status_code == 400
    assert stored() == 0


@pytest.mark.parametrize("length", ["9" * 5_000, "-1", "1e3", "²"])
def test_a_length_that_is_no_number_is_refused(client, length):
    response = client.post(reverse("webhook_sms"), b"", content_type="text/plain", CONTENT_LENGTH=length)

    assert response.status_code == 400
    assert stored() == 0


def test_mail_made_of_tiny_parts_costs_a_web_process_nothing_and_the_worker_little(client):
    head = b'From: a@b.example\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n'
    raw = head + b"--x\r\n\r\na\r\n" * 200_000 + b"--x--\r\n"
    assert outside.post_mail(client, raw).status_code == 200
    began = time.process_time()

    process_events(limit=10, now=timezone.now())

    assert time.process_time() - began < 6
    assert WebhookEvent.objects.get().raw is not None, "somebody may want to look at it"
    assert Alert.objects.get().kind == Alert.Kind.UNREADABLE


def test_mailgun_signs_by_itself(client, settings):
    settings.ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": "key"}
    settings.WEBHOOK_SECRET = ""
    timestamp, token = str(int(time.time())), "t" * 50
    signature = hmac.new(b"key", f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    data = {"event": "delivered", "id": "e1", "timestamp": time.time(), "recipient": "a@b.example"}
    data["message"] = {"headers": {"message-id": "abc@mg.example"}}
    for wanted, given in [(403, "0" * 64), (200, signature)]:
        told = {"signature": {"timestamp": timestamp, "token": token, "signature": given}, "event-data": data}

        response = client.post(
            reverse("webhook_email", args=["mailgun", "tracking"]),
            json.dumps(told),
            content_type="application/json",
        )

        assert response.status_code == wanted
    assert stored() == 1


@pytest.mark.parametrize("name", ["nobody/inbound", "postmark/other", "sendgrid/inbound", "mailgun/tracking"])
def test_a_provider_that_is_not_set_up_is_not_there(client, name):
    assert client.post(f"/webhooks/email/{name}/", "{}", content_type="application/json").status_code == 404
    assert client.head(f"/webhooks/email/{name}/").status_code == 404


def test_a_provider_may_ask_whether_anybody_is_there(client):
    assert client.head(reverse("webhook_email", args=["postmark", "inbound"])).status_code == 200


def test_a_refused_webhook_is_not_logged_with_what_it_holds(client, caplog):
    outside.post_sms(client, outside.sms_from(NUMBER, "My secret", sid="SM1"), signature="wrong")

    written = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "webhook refused" in written
    assert "My secret" not in written
    assert NUMBER not in written
