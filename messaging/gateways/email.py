"""Email through Django's mail backends: SMTP, or the HTTP API of a provider with django-anymail."""

import contextlib
import re
from dataclasses import dataclass, field
from email.mime.text import MIMEText

import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, get_connection

from messaging.gateways import deadline, http, smtp
from messaging.gateways.failures import DeliveryFailed, ErrorKind

METHOD = re.compile(r"^METHOD:([A-Z]+)\r?$", re.MULTILINE)


@dataclass(frozen=True)
class Email:
    """One email, ready to leave.

    :param reply_to: empty: answers go to the sender
    :param calendar: an iCalendar file that goes along; empty: none
    """

    to: str
    subject: str
    body: str
    reply_to: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    calendar: str = ""


def send_email(email: Email) -> str:
    """Hand one email to the provider; with no EMAIL_URL it stays in CareOps, where the outbox shows it.

    :returns: what the provider calls it; empty where it does not say
    :raises DeliveryFailed: with the provider's words, whatever went wrong
    """
    if not settings.EMAIL_URL:
        return ""
    message = EmailMessage(
        subject=email.subject,
        body=email.body,
        to=[email.to],
        reply_to=[email.reply_to] if email.reply_to else None,
        headers=email.headers,
    )
    if email.calendar:
        message.attach(_calendar_part(email.calendar))
    try:
        _send(message)
    except AnymailError as error:
        raise _of_anymail(error) from error
    except (ImproperlyConfigured, ImportError) as error:
        raise DeliveryFailed(f"EMAIL_URL does not work: {error}", kind=ErrorKind.SIGN_IN) from error
    except ValueError as error:  # an address or a header that no email can carry
        raise DeliveryFailed(f"No email can carry this: {error}", kind=ErrorKind.REJECTED) from error
    except OSError as error:  # smtplib's own errors are OSErrors, too
        raise smtp.meaning_of(error) from error
    return _name_of(message)


def _calendar_part(calendar: str) -> MIMEText:
    part = MIMEText(calendar, "calendar", "utf-8")
    part.add_header("Content-Disposition", "attachment", filename="visit.ics")
    # Mail programs act upon a file only where its type names the method as well.
    if method := METHOD.search(calendar):
        part.set_param("method", method[1])
    return part


def _send(message: EmailMessage) -> None:
    connection = get_connection()
    try:
        if hasattr(connection, "create_session"):  # a provider that anymail talks to by HTTP
            connection.timeout = deadline.timeouts()
            connection.open()
            deadline.bound(connection.session)
        connection.send_messages([message])
    finally:
        with contextlib.suppress(OSError):  # by now the message is taken or refused, whatever the farewell
            connection.close()


def _name_of(message: EmailMessage) -> str:
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
