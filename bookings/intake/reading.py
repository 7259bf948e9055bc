"""What is known about the forms of a visit."""

from bookings.models import Booking, IntakeRequest


def missing(booking: Booking) -> list[IntakeRequest]:
    """What the contact has not answered yet, the most urgent first."""
    # Not by the relation of the booking: it is asked for each message that is planned.
    return list(IntakeRequest.objects.filter(booking=booking).missing().for_list()) if booking.pk else []
