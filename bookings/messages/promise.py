"""What a customer who has just booked may be promised: a message, only where one is on its way."""

from enum import StrEnum

from accounts.models import subject_key
from bookings.models import Booking
from messaging import gateways
from messaging.models import Message
from messaging.words.reasons import Reason
from messaging.words.rules import Channel, RuleCode

ANSWERS = [RuleCode.REQUESTED, RuleCode.CONFIRMATION]
ON_ITS_WAY = [*Message.PENDING, Message.Status.SENDING, Message.Status.SENT, Message.Status.DELIVERED]
NOWHERE = [Reason.NO_ADDRESS, Reason.OPTED_OUT, Reason.VISITS_ONLY, Reason.BOUNCED]


class Promise(StrEnum):
    COMES = "comes"
    NOWHERE = "nowhere"  # no address takes messages
    NONE = "none"  # nothing is sent, such as by a rule that is off


def of_answer(booking: Booking) -> Promise:
    """What comes of the newest confirmation, or of the word that the request is here. One query."""
    answers = Message.objects.filter(about_key=subject_key(booking), rule__in=ANSWERS)
    answer = answers.order_by("-pk").first()
    if answer is None:
        return Promise.NONE
    if answer.status in ON_ITS_WAY:  # with no provider it stays here
        return Promise.COMES if gateways.is_configured(Channel(answer.channel)) else Promise.NONE
    return Promise.NOWHERE if answer.reason_code in NOWHERE else Promise.NONE
