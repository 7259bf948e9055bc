"""What came in is worked off here, because who writes for the first time becomes a contact."""

import datetime
import itertools
import logging
import re
import traceback
from collections.abc import Callable, Iterator

from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, transaction

from careops.core import locks
from careops.core.unseen import VisibleEmailField
from contacts.models import Contact
from contacts.services import create_contact
from messaging.inbound import events, posted, process
from messaging.inbound.events import Incoming
from messaging.inbound.senders import conversation_of
from messaging.models import Conversation, WebhookEvent
from messaging.words import texts
from messaging.words.rules import Channel

logger = logging.getLogger(__name__)

DOMAIN = re.compile(r"\S*(?://|\w\.\w{2,})\S*")  # what a mail program would make a link of
AT_A_TIME = 200  # keys
MOST_WELCOMES, WELCOMES_IN = 30, datetime.timedelta(hours=1)


def process_events(*, limit: int, now: datetime.datetime, go_on: Callable[[], bool] = lambda: True) -> int:
    """Make something of what providers told us, in the order it came; return how many events were looked at.

    One that breaks is put aside with an alert, and the next ones go on.
    """
    looked_at = 0
    for pk in itertools.islice(_waiting(), limit):
        if not go_on():
            break
        looked_at += 1
        try:
            _process(pk, now=now)
        except (OperationalError, InterfaceError):  # the database's trouble, not the event's: later
            raise
        except Exception as error:
            _put_aside(pk, error, now=now)
    return looked_at


def _waiting() -> Iterator[int]:
    """The keys of what nobody has dealt with; what is read of a mail on the way comes along."""
    events_ = WebhookEvent.objects.filter(processed_at=None).exclude(kind=WebhookEvent.Kind.CALENDAR)
    last = 0
    while keys := list(events_.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:AT_A_TIME]):
        yield from keys
        last = keys[-1]


@transaction.atomic
def _process(pk: int, *, now: datetime.datetime) -> None:
    free = WebhookEvent.objects.select_for_update(skip_locked=True, no_key=True)
    event = free.filter(pk=pk, processed_at=None).first()
    if event is None:
        return
    if event.kind == WebhookEvent.Kind.POSTED:
        events.store(Channel(event.channel), *posted.read(event), now=event.received_at)
        events.finish(event, now=now)
        return
    stranger = process.process(event, now=now)
    if stranger is None:
        return
    conversation = _conversation_with(stranger, Channel(event.channel), now=now)
    if conversation is None:
        events.finish(event, trouble="It names no address that could be answered.", now=now)
        if not stranger.machine:
            process.alert_unreadable()
        return
    process.file(stranger, event=event, conversation=conversation)
    events.finish(event, now=now)


def _conversation_with(
    stranger: Incoming, channel: Channel, *, now: datetime.datetime
) -> Conversation | None:
    """Make a contact of somebody who writes for the first time; None where the address cannot be one.

    They are welcomed by the rule for that, unless a machine wrote, or so many strangers do that our welcomes would
    be the spam of whoever forges their addresses.
    """
    # Two messages of one stranger may be worked off at the same time: the second finds the contact of the first.
    locks.hold(f"sender {stranger.sender}")
    if known := conversation_of(stranger, channel):
        return known
    if channel == Channel.EMAIL:
        try:
            VisibleEmailField().clean(stranger.sender)
        except ValidationError:
            return None
    address = {"email": stranger.sender} if channel == Channel.EMAIL else {"phone": stranger.sender}
    lately = Contact.objects.filter(source=Contact.Source.INBOUND, created_at__gt=now - WELCOMES_IN).count()
    contact = create_contact(
        name=_name(stranger),
        by=None,
        source=Contact.Source.INBOUND,
        welcome=not stranger.machine and lately < MOST_WELCOMES,
        now=now,
        **address,
    )
    return contact.conversation


def _name(stranger: Incoming) -> str:
    """What they call themselves, as far as that is a name; else the address, up to the @."""
    longest = Contact._meta.get_field("name").max_length
    name = " ".join(DOMAIN.sub("", texts.plain(stranger.name)).split()).strip("'\" ")
    return (name if name and "@" not in name else stranger.sender.partition("@")[0])[:longest]


@transaction.atomic
def _put_aside(pk: int, error: Exception, *, now: datetime.datetime) -> None:
    # Where it came from, without the text of the exception, which may hold an address.
    trace = "".join(traceback.format_tb(error.__traceback__))
    logger.error(
        "webhook event not processed", extra={"event_id": pk, "error": type(error).__name__, "trace": trace}
    )
    event = WebhookEvent.objects.select_for_update(no_key=True).filter(pk=pk, processed_at=None).first()
    if event is None:
        return
    events.finish(event, trouble=f"CareOps could not process it ({type(error).__name__}).", now=now)
    process.alert_unreadable()
