"""One message at a time, for tests of what is decided about each and what becomes of it."""

import datetime

from django.utils import timezone

from messaging import gateways
from messaging.delivery import sending
from messaging.delivery.claiming import Look
from messaging.models import Message


def take_next(*, now: datetime.datetime) -> Message | None:
    """Take the most useful of the messages that are due; None where nothing is."""
    return Look(now=now).take(now=now)


def send_email(email: gateways.Email) -> str:
    with gateways.Lines() as lines:
        return lines.email.send(email)


def send(message: Message) -> None:
    with gateways.Lines() as lines:
        sending.send(message, look=Look(now=timezone.now()), lines=lines)
