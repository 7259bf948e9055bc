"""The outside world: the one place from which messages leave, with a timeout on every call."""

import contextlib
import os
import smtplib
import socket
import threading

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends import smtp

LONGEST_TALK = 20  # seconds; with connecting (EMAIL_TIMEOUT) well below the lease of a message
ASKS_US_TO_SIGN_IN = {530, 535, 538}


class DeliveryFailed(Exception):
    """The provider did not take the message. The text says who said what, fit for the user.

    :param permanent: whether trying again cannot help, as with an address that does not exist
    """

    def __init__(self, words: str, *, permanent: bool):
        super().__init__(words)
        self.permanent = permanent


def send_email(*, to: str, subject: str, body: str, message_id: str, reply_to: str, automated: bool) -> None:
    """Hand one email to the provider; with no EMAIL_URL it stays in CareOps, where the outbox shows it.

    :param message_id: the same for every try, so that a receiver can drop a repeat
    :raises DeliveryFailed: with the provider's words, whatever went wrong
    """
    if not settings.EMAIL_URL:
        return
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ") or "localhost"
    headers = {"Message-ID": f"<{message_id}@{domain}>"}
    if automated:
        headers["Auto-Submitted"] = "auto-generated"  # RFC 3834: other robots must not answer it
    message = EmailMessage(
        subject=" ".join(subject.split()),
        body=body,
        to=[to],
        reply_to=[reply_to] if reply_to else None,
        headers=headers,
    )
    try:
        _send(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        permanent = code >= 500 and code not in ASKS_US_TO_SIGN_IN
        raise DeliveryFailed(_said(code, words), permanent=permanent) from error
    except smtplib.SMTPDataError as error:
        permanent = error.smtp_code >= 500
        raise DeliveryFailed(_said(error.smtp_code, error.smtp_error), permanent=permanent) from error
    except smtplib.SMTPResponseException as error:  # greeting, sign-in or sender: about us, and can be mended
        raise DeliveryFailed(_said(error.smtp_code, error.smtp_error), permanent=False) from error
    except ValueError as error:  # an address or a header that no email can carry
        raise DeliveryFailed(f"No email can carry this: {error}", permanent=True) from error
    except OSError as error:  # smtplib's own errors are OSErrors, too
        words = error.strerror or str(error) or type(error).__name__
        raise DeliveryFailed(f"The provider could not be used: {words}", permanent=False) from error


def _send(message: EmailMessage) -> None:
    connection = get_connection()
    try:
        connection.send_messages([message])
    finally:
        with contextlib.suppress(OSError):  # by now the message is taken or refused, whatever the farewell
            connection.close()


def _said(code: int, words: bytes | str) -> str:
    return (
        f"The provider said: {code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
    )


class _Bounded:
    """Part of an SMTP client that cuts the connection after LONGEST_TALK.

    smtplib has a timeout for each read only, so a server that sends a byte now and then could hold it for ever.
    """

    def _get_socket(self, host, port, timeout):  # the hook by which smtplib's own classes differ
        addresses = len(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        sock = super()._get_socket(host, port, timeout / addresses)  # they are tried one after the other
        sock.settimeout(timeout)
        self._line = socket.socket(fileno=os.dup(sock.fileno()))  # stays valid when TLS takes over the other
        self._cutter = threading.Timer(LONGEST_TALK, _cut, [self._line])
        self._cutter.daemon = True
        self._cutter.start()
        return sock

    def close(self):
        self._cutter.cancel()
        self._line.close()
        super().close()


def _cut(line: socket.socket) -> None:
    with contextlib.suppress(OSError):  # closed this very moment
        line.shutdown(socket.SHUT_RDWR)


class BoundedSmtp(_Bounded, smtplib.SMTP):
    pass


class BoundedSmtpSsl(_Bounded, smtplib.SMTP_SSL):
    pass


class EmailBackend(smtp.EmailBackend):
    """Django's SMTP, with an end to every talk. Named by EMAIL_BACKEND."""

    @property
    def connection_class(self):
        return BoundedSmtpSsl if self.use_ssl else BoundedSmtp
