import time

import pytest

from messaging import gateways
from messaging.tests import smtp


@pytest.fixture
def server(settings):
    with smtp.SmtpServer() as server:
        server.configure(settings)
        yield server


def send(**changes):
    gateways.send_email(
        **{
            "to": "ada@client.example",
            "subject": "Your booking",
            "body": "Hello Ada",
            "message_id": "0b7e",
            "reply_to": "desk@careops.example",
            "automated": True,
        }
        | changes
    )


def refusal(**changes) -> gateways.DeliveryFailed:
    with pytest.raises(gateways.DeliveryFailed) as caught:
        send(**changes)
    return caught.value


def test_an_email_carries_what_a_receiver_needs_to_know(server, settings):
    settings.DEFAULT_FROM_EMAIL = "CareOps <desk@mail.example>"

    send(subject="Your booking:\n Massage")

    [message] = server.received
    assert message["From"] == "CareOps <desk@mail.example>"
    assert message["To"] == "ada@client.example"
    assert message["Reply-To"] == "desk@careops.example"
    assert message["Subject"] == "Your booking: Massage"
    assert message["Message-ID"] == "<0b7e@mail.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().strip() == "Hello Ada"


def test_what_a_person_wrote_does_not_look_automated(server):
    send(automated=False, reply_to="")

    [message] = server.received
    assert "Auto-Submitted" not in message
    assert "Reply-To" not in message


def test_without_a_provider_nothing_leaves(server, settings):
    settings.EMAIL_URL = ""

    send()

    assert server.talks == 0


@pytest.mark.parametrize(
    ("misbehaviour", "permanent", "words"),
    [
        ({"at_recipient": "550 5.1.1 No such user"}, True, "The provider said: 550 5.1.1 No such user"),
        ({"at_recipient": "451 Greylisted"}, False, "The provider said: 451 Greylisted"),
        ({"at_recipient": "530 Sign in first"}, False, "The provider said: 530 Sign in first"),
        ({"at_data": "554 Looks like spam"}, True, "The provider said: 554 Looks like spam"),
        ({"at_data": "452 Mailbox full"}, False, "The provider said: 452 Mailbox full"),
        ({"greeting": "421 Too busy"}, False, "The provider said: 421 Too busy"),
        ({"greeting": "554 Go away"}, False, "The provider said: 554 Go away"),
        ({"greeting": smtp.CLOSE}, False, "The provider could not be used: Connection unexpectedly closed"),
    ],
)
def test_a_refusal_is_permanent_only_where_trying_again_cannot_help(server, misbehaviour, permanent, words):
    vars(server).update(misbehaviour)

    error = refusal()

    assert (str(error), error.permanent) == (words, permanent)
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
    assert not error.permanent


def test_a_provider_that_lets_nobody_sign_in_is_hung_up_on(server, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "desk", "secret"

    error = refusal()  # a connection that stayed open would fail the test, as an unclosed socket

    assert str(error) == "The provider could not be used: SMTP AUTH extension not supported by server."
    assert not error.permanent


def test_a_server_that_never_answers_is_given_up(server, settings):
    server.greeting = smtp.NEVER
    settings.EMAIL_TIMEOUT = 0.3
    began = time.monotonic()

    error = refusal()

    assert not error.permanent
    assert time.monotonic() - began < 2


def test_a_server_that_dribbles_is_cut_off(server, settings, monkeypatch):
    server.greeting, server.dribble = "220 " + 200 * "x", 0.1  # each byte in time, all of them in 20 seconds
    settings.EMAIL_TIMEOUT = 0.5
    monkeypatch.setattr(gateways, "LONGEST_TALK", 0.7)
    began = time.monotonic()

    error = refusal()

    assert not error.permanent
    assert 0.6 < time.monotonic() - began < 2
