"""Email: by SMTP and by a provider's HTTP API, real servers both."""

import time
from email.utils import formataddr

import pytest

from messaging import gateways
from messaging.gateways import Email, ErrorKind
from messaging.tests import smtp
from messaging.tests.provider import HttpProvider
from messaging.tests.taking import send_email

INACTIVE = "Found inactive addresses: ada@client.example. Inactive recipients have generated a hard bounce."


@pytest.fixture
def provider(settings):
    with HttpProvider() as provider:
        provider.carry_email(settings)
        settings.PROVIDER_CONNECT_TIMEOUT = settings.PROVIDER_TOTAL_TIMEOUT = 0.4
        yield provider


def send(**changes) -> str:
    email = {
        "to": "ada@client.example",
        "subject": "Your booking",
        "body": "Hello Ada",
        "reply_to": "desk@careops.example",
        "headers": {"Message-ID": "<0b7e@mail.example>", "Auto-Submitted": "auto-generated"},
    }
    return send_email(Email(**email | changes))


def refusal(**changes) -> gateways.DeliveryFailed:
    with pytest.raises(gateways.DeliveryFailed) as caught:
        send(**changes)
    return caught.value


# --- SMTP ---


def test_an_email_carries_what_a_receiver_needs_to_know(server, settings):
    settings.DEFAULT_FROM_EMAIL = "CareOps <desk@mail.example>"

    send()

    [message] = server.received
    assert message["From"] == "CareOps <desk@mail.example>"
    assert message["To"] == "ada@client.example"
    assert message["Reply-To"] == "desk@careops.example"
    assert message["Subject"] == "Your booking"
    assert message["Message-ID"] == "<0b7e@mail.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_body(["plain"]).get_content().strip() == "Hello Ada"


def test_an_email_may_be_from_somebody_with_any_name(server):
    send(sender=formataddr(("Zoë’s Physio, Bath", "desk@mail.example")))

    [message] = server.received
    assert message["From"].addresses[0].display_name == "Zoë’s Physio, Bath"
    assert message["From"].addresses[0].addr_spec == "desk@mail.example"


def test_without_a_provider_nothing_leaves(server, settings):
    settings.EMAIL_URL = ""

    assert send() == ""

    assert server.talks == 0


@pytest.mark.parametrize(
    ("misbehaviour", "kind", "words"),
    [
        ({"at_recipient": "550 No such user"}, "rejected", "The provider said: 550 No such user"),
        (
            {"at_recipient": "550 5.1.1 No such user"},
            "no_address",
            "The provider said: 550 5.1.1 No such user",
        ),
        ({"at_recipient": "451 Greylisted"}, "rate", "The provider said: 451 Greylisted"),
        ({"at_recipient": "530 Sign in first"}, "sign_in", "The provider said: 530 Sign in first"),
        ({"at_data": "554 Looks like spam"}, "rejected", "The provider said: 554 Looks like spam"),
        ({"at_data": "452 Mailbox full"}, "rate", "The provider said: 452 Mailbox full"),
        ({"greeting": "421 Too busy"}, "server", "The provider said: 421 Too busy"),
        ({"greeting": "554 Go away"}, "server", "The provider said: 554 Go away"),
        ({"greeting": "what?"}, "garbage", "The provider's answer makes no sense."),
        (
            {"greeting": smtp.CLOSE},
            "connection",
            "The provider could not be used: Connection unexpectedly closed",
        ),
    ],
)
def test_a_mail_server_says_what_is_wrong(server, misbehaviour, kind, words):
    vars(server).update(misbehaviour)

    error = refusal()

    assert (str(error), error.kind, error.permanent) == (words, kind, kind in {"rejected", "no_address"})
    assert server.received == []


def test_an_address_that_no_email_can_carry_is_permanent(server):
    error = refusal(to="ada@client.example\nBcc: all@client.example")

    assert error.permanent
    assert server.received == []


def test_nobody_listening_is_worth_another_try(settings):
    with smtp.SmtpServer() as server:
        server.configure(settings)

    error = refusal()

    assert str(error) == "The provider could not be used: Connection refused"
    assert error.kind == ErrorKind.CONNECTION


def test_a_mail_server_that_nobody_knows(server, settings):
    settings.EMAIL_HOST = "mail.invalid"

    assert refusal().kind == ErrorKind.DNS


def test_a_mail_server_that_does_not_speak_tls(server, settings):
    settings.EMAIL_USE_SSL = True
    settings.EMAIL_TIMEOUT = 0.5
    server.greeting = "220 plain words"

    assert refusal().kind == ErrorKind.TLS


def test_a_mail_server_whose_handshake_never_ends_is_cut_off(server, settings):
    settings.EMAIL_USE_SSL = True
    settings.EMAIL_TIMEOUT, settings.EMAIL_TOTAL_TIMEOUT = 5, 0.3
    server.greeting = smtp.NEVER
    began = time.monotonic()

    assert refusal().kind == ErrorKind.TLS
    assert time.monotonic() - began < 3


def test_a_provider_that_lets_nobody_sign_in_is_hung_up_on(server, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "desk", "secret"

    error = refusal()  # a connection that stayed open would fail the test, as an unclosed socket

    assert str(error) == "The provider could not be used: SMTP AUTH extension not supported by server."
    assert error.kind == ErrorKind.SIGN_IN


def test_a_mail_server_that_never_answers_is_given_up(server, settings):
    server.greeting = smtp.NEVER
    settings.EMAIL_TIMEOUT = 0.3
    began = time.monotonic()

    error = refusal()

    assert error.kind == ErrorKind.TIMEOUT
    assert time.monotonic() - began < 2


def test_a_mail_server_that_dribbles_is_cut_off(server, settings):
    server.greeting, server.dribble = "220 " + 200 * "x", 0.1  # each byte in time, all of them in 20 seconds
    settings.EMAIL_TIMEOUT, settings.EMAIL_TOTAL_TIMEOUT = 0.5, 0.7
    began = time.monotonic()

    error = refusal()

    assert error.kind == ErrorKind.TIMEOUT
    assert 0.6 < time.monotonic() - began < 2


def test_nobody_knows_what_became_of_an_email_that_was_handed_over(server, settings):
    server.seconds, settings.EMAIL_TIMEOUT = 1, 0.3

    assert refusal().kind == ErrorKind.UNKNOWN


# --- A provider's HTTP API ---


def test_a_provider_gets_the_same_email_and_says_what_it_calls_it(provider):
    name = send()

    [call] = provider.calls
    assert name == "PM1"
    assert (call["To"], call["Subject"], call["TextBody"]) == (
        "ada@client.example",
        "Your booking",
        "Hello Ada",
    )
    assert call["ReplyTo"] == "desk@careops.example"
    headers = {header["Name"]: header["Value"] for header in call["Headers"]}
    assert headers == {"Message-ID": "<0b7e@mail.example>", "Auto-Submitted": "auto-generated"}


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ((500, {"Message": "Ouch"}, {}), "server", "The provider said: 500 Ouch"),
        (
            (401, {"ErrorCode": 10, "Message": "Bad token"}, {}),
            "sign_in",
            "The provider said: 401 10 Bad token",
        ),
        ((429, {"Message": "Too many"}, {"Retry-After": "90"}), "rate", "The provider said: 429 Too many"),
        ((302, {}, {"Location": "http://elsewhere.invalid/"}), "garbage", "The provider sends us elsewhere"),
        ((200, b"<html>Hello</html>", {}), "garbage", "The provider's answer makes no sense."),
        (
            (200, {"ErrorCode": 100, "Message": "Maintenance"}, {}),
            "server",
            "The provider said: 100 Maintenance",
        ),
        (
            (422, {"ErrorCode": 406, "Message": INACTIVE}, {}),
            "rejected",
            "The provider refuses the address: 406 Found inactive addresses: ada@client.example.",
        ),
        ((422, {"ErrorCode": 406, "Message": "Sorry"}, {}), "garbage", "The provider said: 406 Sorry"),
    ],
)
def test_a_provider_says_what_is_wrong(provider, answer, kind, words):
    provider.answer = answer

    error = refusal()

    assert error.kind == kind
    assert str(error).startswith(words)
    assert provider.talks == 1


def test_a_provider_that_says_nothing_leaves_us_in_the_dark(provider):
    provider.seconds = 2
    began = time.monotonic()

    assert refusal().kind == ErrorKind.UNKNOWN
    assert time.monotonic() - began < 1.5


def test_a_provider_that_dribbles_is_cut_off(provider):
    provider.dribble = 0.1
    began = time.monotonic()

    assert refusal().kind == ErrorKind.UNKNOWN
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://mail.invalid/", "dns"),
        ("http://127.0.0.1:9/", "connection"),
        ("https://127.0.0.1:{port}/", "tls"),
    ],
)
def test_a_provider_that_cannot_be_reached(provider, settings, url, kind):
    provider.carry_email(settings, url.format(port=provider.port))

    assert refusal().kind == kind
    assert provider.talks == 0


def test_a_provider_without_its_token_is_a_matter_of_settings(settings):
    settings.EMAIL_URL, settings.ANYMAIL = "anymail://postmark", {}
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"

    error = refusal()

    assert error.kind == ErrorKind.SIGN_IN
    assert "POSTMARK_SERVER_TOKEN" in str(error)
