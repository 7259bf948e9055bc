"""The logs as they are configured: one JSON object a line, and nobody's data in any of them."""

import io
import json
import logging

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts.models import Business, User
from alerts.models import Alert
from bookings.tests.factories import ServiceFactory
from careops.logs import JsonFormatter, PlainFormatter
from contacts.models import Contact
from messaging.delivery import sending
from messaging.models import Message
from messaging.tests import smtp
from messaging.tests.factories import MessageFactory

PERSONAL = {
    "name": "Zebedee Quillfeather",
    "email": "zebedee.quillfeather@client.example",
    "phone": "020 7946 0123",
    "notes": "Allergic to lavender oil",
}
WORDS = "My knee still hurts a lot"
PASSWORD = "hunter2-but-much-longer"
TOKEN = "1f-c8k2x1-0123456789abcdef0123456789abcdef"


@pytest.fixture
def log():
    """What the configured handler writes while the test runs."""
    [handler] = [
        found for found in logging.getLogger().handlers if isinstance(found.formatter, JsonFormatter)
    ]
    before = handler.setStream(io.StringIO())
    yield handler.stream
    handler.setStream(before)


@pytest.fixture
def server(settings):
    with smtp.SmtpServer() as server:
        server.configure(settings)
        yield server


def lines(log) -> list[dict]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def leaks(log) -> list[str]:
    written = log.getvalue().casefold()
    secrets = [*PERSONAL.values(), "+442079460123", "2079460123", "quillfeather", WORDS, PASSWORD, TOKEN]
    return [secret for secret in secrets if secret.casefold() in written]


@pytest.mark.django_db
def test_a_days_work_leaves_nobodys_data_in_the_log(log, server, as_admin, admin, staff):
    anonymous = Client()
    Business.objects.current()
    server.at_recipient = "550 <{address}>: no such user here"

    as_admin.post("/contacts/new/", PERSONAL)
    contact = Contact.objects.get()
    visit = {
        "contact": contact.pk,
        "service": ServiceFactory().pk,
        "staff": staff.pk,
        "starts_at": "2098-05-04T10:00",
        "notes": WORDS,
        "tell": "on",
    }
    as_admin.post("/bookings/new/", visit)
    as_admin.post("/bookings/new/", visit)  # refused: the time is taken by now
    as_admin.post(f"/messages/{contact.pk}/reply/", {"body": WORDS})
    as_admin.post(f"/messages/{contact.pk}/incoming/", {"body": WORDS})
    for page in ("/contacts/", "/bookings/", f"/no-such-page/{PERSONAL['email']}"):
        as_admin.get(page, {"q": PERSONAL["email"]})
    as_admin.get("/contacts/\x00/", {"q": WORDS})
    anonymous.post("/accounts/login/", {"login": PERSONAL["email"], "password": PASSWORD})
    anonymous.post("/accounts/password/reset/", {"email": PERSONAL["email"]})
    anonymous.get(f"/accounts/password/reset/key/{TOKEN}/")
    Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": PERSONAL["email"]})
    sending.deliver_due(limit=50)

    # The confirmation and the reply; the reply has paused the welcome.
    assert Message.objects.filter(status="failed").count() == 2
    assert PERSONAL["email"] in Alert.objects.get().detail  # people may read it, on the page
    assert leaks(log) == []
    routes = {line["message"] for line in lines(log) if line["logger"] == "careops.request"}
    assert {"POST contacts/new/", "POST bookings/new/", "POST messages/<int:contact_pk>/reply/"} <= routes
    assert [line["message_id"] for line in lines(log) if line["message"] == "message not delivered"]


@pytest.mark.django_db
def test_each_request_has_an_id_on_its_lines_and_on_its_answer(log, client):
    given = client.get("/healthz", headers={"X-Request-ID": "0123456789abcdef"})
    forged = client.get("/no-such-page/", headers={"X-Request-ID": 'x"\n{"level": "FORGED"}'})

    ids = [line["request_id"] for line in lines(log)]
    assert given["X-Request-ID"] == "0123456789abcdef"
    assert set(ids) == {"0123456789abcdef", forged["X-Request-ID"]}
    assert "FORGED" not in log.getvalue()


@pytest.mark.django_db
def test_the_trace_of_an_unforeseen_error_names_nobody(log):
    User.objects.create(name=PERSONAL["name"], email=PERSONAL["email"])

    try:
        with transaction.atomic():
            User.objects.create(name=PERSONAL["name"], email=PERSONAL["email"])
    except IntegrityError:
        logging.getLogger("django.request").exception("Internal Server Error")

    [line] = lines(log)
    assert "IntegrityError" in line["exception"]
    assert leaks(log) == []


@pytest.mark.django_db(transaction=True)
def test_a_job_that_fails_for_good_names_nobody(log, server, staff):
    User.objects.filter(pk=staff.pk).update(email=PERSONAL["email"])
    server.at_recipient = "550 <{address}>: no such user here"
    app.configure_task("accounts.tasks.send_password_reset").defer(user_id=staff.pk)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET attempts = 6")

    with app.replace_connector(app.connector.get_worker_connector()):
        app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)

    assert any("accounts.tasks.send_password_reset" in line["message"] for line in lines(log))
    assert leaks(log) == []


@pytest.mark.django_db
def test_control_characters_cannot_forge_a_line(log):
    logging.getLogger("careops").warning("one\n%s", '{"level": "FORGED"}\r\x1b[31m')

    [line] = lines(log)
    assert line["message"] == 'one\n{"level": "FORGED"}\r\x1b[31m'
    assert len(log.getvalue().splitlines()) == 1


def test_plain_line_says_what_the_json_says_and_cannot_be_forged():
    about = {
        "name": "careops",
        "levelname": "WARNING",
        "created": 0,
        "msg": "one\n%s\x1b[31m",
        "args": ("two",),
    }
    record = logging.makeLogRecord(about | {"status": 404})

    words = PlainFormatter().format(record)

    assert words.partition(" ")[2] == r"WARNING one\ntwo\x1b[31m status=404"


def test_plain_trace_names_nobody():
    try:
        raise LookupError(PERSONAL["email"])
    except LookupError as error:
        about = {"msg": "failed", "exc_info": (type(error), error, error.__traceback__)}

    words = PlainFormatter().format(logging.makeLogRecord(about))

    assert words.endswith("LookupError")
    assert "test_logs.py" in words
    assert PERSONAL["email"] not in words


@pytest.mark.django_db
def test_a_bug_in_delivery_is_logged_without_its_text(log, settings):
    settings.EMAIL_URL, settings.EMAIL_BACKEND = (
        "smtp://broken",
        "messaging.tests.delivery.test_sending.BrokenBackend",
    )
    message = MessageFactory(subject="broken", send_at=timezone.now())
    Contact.objects.update(email=PERSONAL["email"])

    sending.deliver_due(limit=1)

    [line] = lines(log)
    assert (line["level"], line["error"], line["message_id"]) == ("ERROR", "LookupError", message.pk)
    assert "send_messages" in line["trace"]
    assert leaks(log) == []
