"""What bookings know: the catalogue, the hours, the visits, the materials and the intake forms."""

from bookings.models.booking import CLOSE_WITHIN, Booking, BookingQuerySet, Visit
from bookings.models.catalogue import Service, ServiceMaterial, ServiceQuerySet
from bookings.models.feeds import CalendarFeed
from bookings.models.hours import ClosedDay, DayHours, TimeOff, WorkingHours
from bookings.models.intake import IntakeFile, IntakeForm, IntakeRequest, IntakeSubmission, IntakeVersion

__all__ = [
    "CLOSE_WITHIN",
    "Booking",
    "BookingQuerySet",
    "CalendarFeed",
    "ClosedDay",
    "DayHours",
    "IntakeFile",
    "IntakeForm",
    "IntakeRequest",
    "IntakeSubmission",
    "IntakeVersion",
    "Service",
    "ServiceMaterial",
    "ServiceQuerySet",
    "TimeOff",
    "Visit",
    "WorkingHours",
]
