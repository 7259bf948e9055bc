"""SMTP with an end to every talk, and what its refusals mean."""

import contextlib
import re
import smtplib
import socket
import ssl

from django.conf import settings
from django.core.mail.backends import smtp

from messaging.gateways.deadline import Deadline
from messaging.gateways.failures import DeliveryFailed, ErrorKind

NO_SUCH_ADDRESS = re.compile(r"\b5\.1\.(1|2|10)\b")  # RFC 3463: bad mailbox, bad system, null MX (RFC 7505)
ASKS_US_TO_SIGN_IN = {530, 535, 538}


class NoAnswer(smtplib.SMTPException):
    """The words of the message were on their way, and the connection ended before the server had answered."""


class CutOff(smtplib.SMTPServerDisconnected):
    """The server did not answer in time."""


class _Bounded:
    """Part of an SMTP client. It may carry several messages, each with an end of its own."""

    def _get_socket(self, host, port, timeout):  # the hook by which smtplib's own classes differ
        addresses = len(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        sock = super()._get_socket(host, port, timeout / addresses)  # they are tried one after the other
        sock.settimeout(timeout)
        self._deadline = Deadline(sock, seconds=settings.EMAIL_TOTAL_TIMEOUT)
        return sock

    def begin(self) -> None:
        """Another talk begins, unless that of the connecting still goes on."""
        if self.sock and self._deadline.is_ended:
            self._deadline = Deadline(self.sock, seconds=settings.EMAIL_TOTAL_TIMEOUT)

    def rest(self) -> None:
        """The talk is over, and the connection stays."""
        self._deadline.end()

    @contextlib.contextmanager
    def _in_time(self):
        try:
            yield
        except smtplib.SMTPServerDisconnected as error:
            if self._deadline.is_over or isinstance(error.__context__, TimeoutError):
                raise CutOff("it does not answer in time") from error
            raise

    def getreply(self):
        with self._in_time():
            return super().getreply()

    def send(self, s):
        with self._in_time():
            super().send(s)

    def data(self, msg):
        try:
            return super().data(msg)
        except smtplib.SMTPResponseException:
            raise
        except OSError as error:
            raise NoAnswer from error

    def close(self):
        if hasattr(self, "_deadline"):
            self._deadline.end()
        super().close()


class BoundedSmtp(_Bounded, smtplib.SMTP):
    pass


class BoundedSmtpSsl(
    smtplib.SMTP_SSL, BoundedSmtp
):  # in this order, so that the deadline covers the handshake
    def _get_socket(self, host, port, timeout):
        try:
            return super()._get_socket(host, port, timeout)
        except OSError:
            if hasattr(self, "_deadline"):
                self._deadline.end()
            raise


class EmailBackend(smtp.EmailBackend):
    """Django's SMTP, with an end to every talk. Named by EMAIL_BACKEND."""

    @property
    def connection_class(self):
        return BoundedSmtpSsl if self.use_ssl else BoundedSmtp

    def send_messages(self, email_messages):
        if self.connection:
            self.connection.begin()
        try:
            return super().send_messages(email_messages)
        finally:
            if self.connection:
                self.connection.rest()

    def close(self):
        if self.connection:
            self.connection.begin()  # the farewell has an end, too
        super().close()


def is_stale(error: OSError) -> bool:
    """Whether a connection that was used before had ended, or ends now, before anything of the message was taken.

    Not where the server did not answer in time: there a second try would not, either.
    """
    if isinstance(
        error, smtplib.SMTPSenderRefused
    ):  # as where so many messages are allowed in one connection
        return error.smtp_code == 421
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return any(code == 421 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPServerDisconnected) and not isinstance(error, CutOff)


def meaning_of(error: OSError) -> DeliveryFailed:
    """What an error of smtplib, or of the connection below it, means."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _refusal(*next(iter(error.recipients.values())), of_message=True)
    if isinstance(error, smtplib.SMTPResponseException):  # greeting, sign-in, sender or words
        about_it = isinstance(error, smtplib.SMTPDataError)
        about_us = isinstance(error, smtplib.SMTPAuthenticationError)
        return _refusal(error.smtp_code, error.smtp_error, of_message=about_it, of_sign_in=about_us)
    if isinstance(error, NoAnswer):
        return DeliveryFailed("It was handed over, and no answer came in time.", kind=ErrorKind.UNKNOWN)
    words = error.strerror or str(error) or type(error).__name__
    kind = next((kind for errors, kind in _KINDS if isinstance(error, errors)), ErrorKind.CONNECTION)
    return DeliveryFailed(f"The provider could not be used: {words}", kind=kind)


_KINDS = [
    (smtplib.SMTPNotSupportedError, ErrorKind.SIGN_IN),
    (ssl.SSLError, ErrorKind.TLS),
    (socket.gaierror, ErrorKind.DNS),
    ((TimeoutError, CutOff), ErrorKind.TIMEOUT),
]


def _refusal(
    code: int, words: bytes | str, *, of_message: bool = False, of_sign_in: bool = False
) -> DeliveryFailed:
    if code < 200:  # smtplib's -1 as well
        return DeliveryFailed("The provider's answer makes no sense.", kind=ErrorKind.GARBAGE)
    said = words.decode(errors="replace") if isinstance(words, bytes) else words
    if of_sign_in or code in ASKS_US_TO_SIGN_IN:
        kind = ErrorKind.SIGN_IN
    elif 400 <= code < 500:
        kind = ErrorKind.SERVER if code == 421 else ErrorKind.RATE
    elif of_message and code >= 500:
        kind = ErrorKind.NO_SUCH_ADDRESS if NO_SUCH_ADDRESS.search(said) else ErrorKind.REJECTED
    else:  # it refuses us, not the message: that can be mended
        kind = ErrorKind.SERVER
    return DeliveryFailed(f"The provider said: {code} {' '.join(said.split())}", kind=kind)
