"""What may be promised to a customer who has just booked, of whom nobody has checked who they are."""

from bookings.models import Booking
from messaging import gateways
from messaging.deciding.rulebook import Rulebook
from messaging.words.rules import Channel, RuleCode

SPOKEN = {Channel.EMAIL: "email", Channel.SMS: "text"}


def ways_of_answer(booking: Booking) -> str:
    """By what the business answers whoever books, such as "email or text"; empty: by nothing. One query.

    It is the same for everybody: what is known of an address would tell whether it is that of a client.
    """
    rulebook = Rulebook.current()
    rule = rulebook.rules[RuleCode.REQUESTED if booking.is_requested else RuleCode.CONFIRMATION]
    if not (rulebook.business.is_active and rule.enabled) or rulebook.automation.is_stopped:
        return ""
    channels = (Channel(name) for name in rule.channels)
    return " or ".join(SPOKEN[channel] for channel in channels if gateways.is_configured(channel))
