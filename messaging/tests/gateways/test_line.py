"""One connection for what a round sends: kept while all is well, and never the reason why one is lost or doubled."""

import socket
import time
from http.server import BaseHTTPRequestHandler

import pytest

from messaging import gateways
from messaging.gateways import DeliveryFailed, Email, ErrorKind
from messaging.gateways.email import EmailLine
from messaging.tests import smtp
from messaging.tests.provider import HttpProvider


@pytest.fixture
def server(settings):
    with smtp.SmtpServer() as server:
        server.configure(settings)
        yield server


@pytest.fixture
def provider(settings, monkeypatch):
    """A provider of emails and texts by HTTP that keeps its connections."""
    with HttpProvider() as provider:
        provider.carry_email(settings)
        provider.carry_sms(settings)
        handler = provider.server.RequestHandlerClass
        monkeypatch.setattr(handler, "protocol_version", "HTTP/1.1")
        provider.lines = []
        monkeypatch.setattr(handler, "setup", lambda self: _count(provider, self))
        yield provider


def _count(provider: HttpProvider, handler: BaseHTTPRequestHandler) -> None:
    provider.lines.append(handler.client_address)
    BaseHTTPRequestHandler.setup(handler)


@pytest.fixture
def lines():
    with gateways.Lines() as lines:
        yield lines


@pytest.fixture
def line(lines):
    return lines.email


def email(number: int) -> Email:
    return Email(
        "ada@client.example", f"Number {number}", "Hello", headers={"Message-ID": f"<{number}@desk>"}
    )


def by_email(lines: gateways.Lines, number: int) -> str:
    return lines.email.send(email(number))


def by_sms(lines: gateways.Lines, number: int) -> str:
    return lines.sms.send(to="+447700900001", body=f"Number {number}", key=str(number))


def hung_up_on(line: EmailLine) -> None:
    """What a server does that has waited long enough for another message."""
    line._connection.connection.sock.shutdown(socket.SHUT_RDWR)


def test_many_emails_leave_by_one_connection_that_is_closed_at_the_end(server, line):
    for number in range(3):
        line.send(email(number))
    line.close()

    assert server.talks == 1
    assert server.ids == ["<0@desk>", "<1@desk>", "<2@desk>"]


def test_nothing_is_opened_where_nothing_leaves(server):
    with gateways.Lines():
        pass

    assert server.talks == 0


def test_a_connection_that_has_ended_meanwhile_is_opened_anew_and_nothing_is_lost(server, line):
    line.send(email(1))
    hung_up_on(line)
    line.send(email(2))
    line.send(email(3))

    assert server.talks == 2
    assert server.ids == ["<1@desk>", "<2@desk>", "<3@desk>"]


def test_a_server_that_takes_so_many_in_one_connection_gets_the_next_by_another(server, line, monkeypatch):
    async def at_most_one(handler, session, envelope, address, options):
        if session.peer in known:
            return "421 4.7.0 Too many messages in this connection"
        known.add(session.peer)
        envelope.mail_from = address
        return "250 OK"

    known = set()
    server.handle_MAIL = lambda smtp, *details: at_most_one(smtp, *details)

    for number in range(3):
        line.send(email(number))

    assert server.talks == 3
    assert server.ids == ["<0@desk>", "<1@desk>", "<2@desk>"]


def test_a_new_connection_that_is_refused_is_no_stale_one(server, line):
    server.greeting = smtp.CLOSE

    with pytest.raises(DeliveryFailed):
        line.send(email(1))

    assert server.talks == 1


def test_what_was_handed_over_before_the_connection_ended_is_not_handed_over_again(server, line, settings):
    settings.EMAIL_TIMEOUT = 0.3
    line.send(email(1))
    server.seconds = 1

    with pytest.raises(DeliveryFailed) as caught:
        line.send(email(2))

    assert caught.value.kind == ErrorKind.UNKNOWN
    assert server.talks == 1


def test_after_a_refusal_the_next_leaves_by_a_new_connection(server, line):
    server.at_recipient = "550 No such user"
    with pytest.raises(DeliveryFailed):
        line.send(email(1))
    server.at_recipient = None

    line.send(email(2))

    assert (server.talks, server.ids) == (2, ["<2@desk>"])


def test_each_email_has_as_long_as_the_first(server, line, settings):
    settings.EMAIL_TOTAL_TIMEOUT = 0.8
    for number in range(3):
        line.send(email(number))
        time.sleep(0.4)  # past the end of the first talk, long before that of the last

    server.seconds = 3
    began = time.monotonic()
    with pytest.raises(DeliveryFailed) as caught:
        line.send(email(3))

    assert server.talks == 1
    assert caught.value.kind == ErrorKind.UNKNOWN
    assert 0.7 < time.monotonic() - began < 2


@pytest.mark.parametrize("send", [by_email, by_sms])
def test_a_provider_by_http_keeps_its_connection_and_each_request_has_an_end(send, provider, lines, settings):
    settings.PROVIDER_TOTAL_TIMEOUT = 0.8
    for number in range(3):
        send(lines, number)
        time.sleep(0.4)

    provider.dribble = 0.1
    began = time.monotonic()
    with pytest.raises(DeliveryFailed) as caught:
        send(lines, 3)

    assert (len(provider.lines), provider.talks) == (1, 4)
    assert caught.value.kind == ErrorKind.UNKNOWN
    assert 0.7 < time.monotonic() - began < 2

    provider.dribble = 0
    send(lines, 4)
    assert len(provider.lines) == 2


@pytest.mark.parametrize("send", [by_email, by_sms])
def test_a_provider_by_http_that_has_hung_up_meanwhile_gets_the_next_by_another_connection(
    send, provider, lines, monkeypatch
):
    monkeypatch.setattr(provider.server.RequestHandlerClass, "timeout", 0.02)
    send(lines, 1)
    time.sleep(0.1)

    send(lines, 2)

    assert (len(provider.lines), provider.talks) == (2, 2)
