"""A booking as it is now, which nobody else changes before the transaction ends."""

from bookings.models import Booking


def locked(booking: Booking) -> Booking:
    return (
        Booking.objects.select_for_update(of=("self",))
        .select_related("contact", "service", "staff", "told_service", "told_staff")
        .get(pk=booking.pk)
    )
