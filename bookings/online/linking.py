"""The private addresses of a visit and of a calendar: made anew, which makes the old ones useless."""

from django.db import transaction
from django.utils import timezone

from accounts.models import Business, User, subject_key
from accounts.services import record
from bookings.locks import locked
from bookings.messages import calendars, links
from bookings.models import Booking, CalendarFeed
from bookings.models.feeds import new_secret
from messaging.outbox import revising


@transaction.atomic
def renew_link(*, booking: Booking, by: User) -> Booking:
    """Make every link of the visit that was sent so far useless; what still waits to be sent gets the new one."""
    booking = locked(booking)
    old = links.visit_url(booking)
    booking.link_no += 1
    booking.save(update_fields=["link_no"])
    revising.replace_words(
        conversation=booking.contact.conversation,
        about_key=subject_key(booking),
        old=old,
        new=links.visit_url(booking),
        calendar=calendars.invitation(booking, business=Business.objects.current(), now=timezone.now()),
    )
    record(by=by, action="booking.link_renewed", subject=booking)
    return booking


@transaction.atomic
def renew_feed(*, staff: User) -> CalendarFeed:
    """Give somebody an address at which a calendar reads their visits; one they had works no more."""
    feed, _ = CalendarFeed.objects.update_or_create(
        staff=staff, defaults={"secret": new_secret(), "created_at": timezone.now()}
    )
    record(by=staff, action="calendar_feed.renewed", subject=feed)
    return feed


@transaction.atomic
def end_feed(*, staff: User) -> None:
    """Take the address away; without one, nothing happens."""
    for feed in CalendarFeed.objects.select_for_update().filter(staff=staff):
        record(by=staff, action="calendar_feed.ended", subject=feed)
        feed.delete()
