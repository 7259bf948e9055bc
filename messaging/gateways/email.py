"""Email through Django's mail backends: SMTP, or the HTTP API of a provider with django-anymail."""

import contextlib
import re
from dataclasses import dataclass, field
from email.mime.text import MIMEText

import requests
from anymail.backends.base_requests import AnymailRequestsBackend
from anymail.exceptions import (
    AnymailAPIError,
    AnymailError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from careops.core.mail import html_of
from messaging.gateways import deadline, http, smtp
from messaging.gateways.failures import DeliveryFailed, ErrorKind

METHOD = re.compile(r"^METHOD:([A-Z]+)\r?$", re.MULTILINE)


@dataclass(frozen=True)
class Email:
    """One email, ready to leave.

    :param body: its text; the HTML part is made of it
    :param reply_to: empty: answers go to the sender
    :param calendar: an iCalendar file that goes along; empty: none
    :param sender: whom it is from; empty: this installation
    """

    to: str
    subject: str
    body: str
    reply_to: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    calendar: str = ""
    sender: str = ""


class EmailLine:
    """The way to the provider of email. It is opened for the first message and kept for the others, until it is closed.

    After an error the next message gets a new connection. For one thread at a time.
    """

    def __init__(self):
        self._connection: BaseEmailBackend | None = None

    def send(self, email: Email) -> str:
        """Hand one email to the provider; with no EMAIL_URL it stays in CareOps, where the outbox shows it.

        :returns: what the provider calls it; empty where it does not say
        :raises DeliveryFailed: with the provider's words, whatever went wrong
        """
        if not settings.EMAIL_URL:
            return ""
        message = _as_django_knows_it(email)
        try:
            self._hand_over(message)
        except AnymailError as error:
            raise _of_anymail(error) from error
        except (ImproperlyConfigured, ImportError) as error:
            raise DeliveryFailed(f"EMAIL_URL does not work: {error}", kind=ErrorKind.SIGN_IN) from error
        except ValueError as error:  # an address or a header that no email can carry
            raise DeliveryFailed(f"No email can carry this: {error}", kind=ErrorKind.REJECTED) from error
        except OSError as error:  # smtplib's own errors are OSErrors, too
            raise smtp.meaning_of(error) from error
        return _name_of(message)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection:
            with contextlib.suppress(
                OSError
            ):  # each message is taken or refused by now, whatever the farewell
                connection.close()

    def _hand_over(self, message: EmailMultiAlternatives) -> None:
        is_used = self._connection is not None
        try:
            self._try(message)
        except OSError as error:
            if not (is_used and smtp.is_stale(error)):
                raise
            self._try(message)

    def _try(self, message: EmailMultiAlternatives) -> None:
        try:
            if self._connection is None:
                self._connection = get_connection()
                _open(self._connection)
            self._connection.send_messages([message])
        except BaseException:
            self.close()
            raise


def _open(connection: BaseEmailBackend) -> None:
    if isinstance(connection, AnymailRequestsBackend):
        connection.timeout = deadline.timeouts()
    connection.open()
    if isinstance(connection, AnymailRequestsBackend):
        deadline.bound(connection.session)


def _as_django_knows_it(email: Email) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=email.subject,
        body=email.body,
        to=[email.to],
        from_email=email.sender or None,
        reply_to=[email.reply_to] if email.reply_to else None,
        headers=email.headers,
    )
    message.attach_alternative(html_of(email.body), "text/html")
    if email.calendar:
        message.attach(_calendar_part(email.calendar))
    return message


def _calendar_part(calendar: str) -> MIMEText:
    part = MIMEText(calendar, "calendar", "utf-8")
    part.add_header("Content-Disposition", "attachment", filename="visit.ics")
    # Mail programs act upon a file only where its type names the method as well.
    if method := METHOD.search(calendar):
        part.set_param("method", method[1])
    return part


def _name_of(message: EmailMultiAlternatives) -> str:
    """:raises DeliveryFailed: if the provider answered politely, and took nothing"""
    status = getattr(message, "anymail_status", None)
    if status is None:
        return ""
    if not status.status & {"sent", "queued"}:
        said = http.words_of(status.esp_response) or "nothing about this message"
        raise DeliveryFailed(f"The provider said: {said}", kind=ErrorKind.GARBAGE)
    return status.message_id if isinstance(status.message_id, str) else ""


def _of_anymail(error: AnymailError) -> DeliveryFailed:
    if isinstance(error, AnymailRecipientsRefused | AnymailInvalidAddress):
        words = f"The provider refuses the address: {_said(error) or error.args[0]}"
        return DeliveryFailed(words, kind=ErrorKind.REJECTED)
    if error.response is None:
        if isinstance(error.__cause__, requests.RequestException):
            return http.of_exception(error.__cause__)
        trouble = error.args[0] if error.args else type(error).__name__
        return DeliveryFailed(f"No email can carry this: {trouble}", kind=ErrorKind.REJECTED)
    if failure := http.of_status(error.response, _said(error)):
        return failure
    if isinstance(error, AnymailAPIError) and isinstance(error.__cause__, ValueError):
        return DeliveryFailed("The provider's answer makes no sense.", kind=ErrorKind.GARBAGE)
    return DeliveryFailed(f"The provider said: {_said(error)}", kind=ErrorKind.SERVER)


def _said(error: AnymailError) -> str:
    """What the provider itself said, without what we sent."""
    return http.words_of(error.response) if error.response is not None else ""
