"""What is still to be said of visits follows them into another time zone, and nobody hears of it."""

import datetime
import re
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from accounts.models import Business, subject_key
from bookings.messages import calendars
from bookings.messages.agenda import times_in_words
from bookings.messages.automation import BEFORE_VISIT
from bookings.models import Booking
from messaging.models import Message
from messaging.outbox import revising

WORDS = ["subject", "body", "sms"]


def keep_clock(
    visits: Sequence[Booking],
    moved: Callable[[datetime.datetime], datetime.datetime],
    *,
    business: Business,
    now: datetime.datetime,
) -> None:
    """The visits have other moments and the same words: what is said before them is due at its time on the clock.

    :param moved: the moment that takes the place of another one
    """
    by_key = {subject_key(visit): visit for visit in visits}

    def revise(message: Message) -> None:
        if message.rule in BEFORE_VISIT:
            message.send_at = moved(message.send_at)
            message.useless_after = message.useless_after and moved(message.useless_after)
        if message.calendar:
            visit = by_key[message.about_key]
            message.calendar = calendars.invitation(visit, business=business, now=now)

    _revise(visits, ["send_at", "useless_after", "calendar"], revise)


def keep_moment(visits: Sequence[Booking], *, old: ZoneInfo, new: ZoneInfo) -> None:
    """The visits have the same moments and other words."""
    said = {
        subject_key(visit): dict(
            zip(times_in_words(visit.starts_at, old), times_in_words(visit.starts_at, new), strict=True)
        )
        for visit in visits
    }

    def revise(message: Message) -> None:
        instead = said[message.about_key]
        old_words = re.compile("|".join(re.escape(words) for words in instead))
        for field in WORDS:
            setattr(message, field, old_words.sub(lambda found: instead[found[0]], getattr(message, field)))

    _revise(visits, WORDS, revise)


def _revise(visits: Sequence[Booking], fields: list[str], revise: Callable[[Message], None]) -> None:
    revising.revise_unsent(
        contacts={visit.contact_id for visit in visits},
        about_keys=[subject_key(visit) for visit in visits],
        fields=fields,
        revise=revise,
    )
