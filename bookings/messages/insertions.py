"""The links that somebody puts into a message to a contact by one click."""

from typing import NamedTuple

from django.conf import settings
from django.urls import reverse

from bookings.messages import links
from bookings.models import Booking, IntakeRequest


class Insertion(NamedTuple):
    label: str
    icon: str
    words: str


def insertions(visit: Booking | None) -> list[Insertion]:
    """The page on which customers book, and what belongs to ``visit``: its own page, and the most urgent missing form.

    :param visit: the next one of the contact; None: there is none
    """
    book_url = settings.ALLOWED_ORIGINS[0] + reverse("book")
    found = [Insertion("Booking link", "calendar-plus", f"Choose a time that suits you: {book_url}")]
    if visit is None:
        return found
    words = f"Your visit, should you want to move it or call it off: {links.visit_url(visit)}"
    found.append(Insertion("Visit link", "calendar-check", words))
    if missing := IntakeRequest.objects.missing_for(visit):
        words = f"Please fill in this form before your visit: {links.form_url(missing[0])}"
        found.append(Insertion("Form link", "file-text", words))
    return found
