"""The outside world: the one place from which messages leave, with a timeout on every call."""

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage, get_connection


class DeliveryFailed(Exception):
    """The provider did not take the message.

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
    try:
        EmailMessage(
            subject=" ".join(subject.split()),
            body=body,
            to=[to],
            reply_to=[reply_to] if reply_to else None,
            headers=headers,
            connection=get_connection(timeout=settings.EMAIL_TIMEOUT),
        ).send()
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        raise DeliveryFailed(_said(code, words), permanent=code >= 500) from error
    except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
        raise DeliveryFailed(
            _said(error.smtp_code, error.smtp_error), permanent=error.smtp_code >= 500
        ) from error
    except (
        smtplib.SMTPResponseException
    ) as error:  # at the greeting or sign-in: the provider, not the message
        raise DeliveryFailed(_said(error.smtp_code, error.smtp_error), permanent=False) from error
    except ValueError as error:  # an address or a header that no email can carry
        raise DeliveryFailed(str(error), permanent=True) from error
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryFailed(str(error) or type(error).__name__, permanent=False) from error


def _said(code: int, words: bytes | str) -> str:
    return f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
