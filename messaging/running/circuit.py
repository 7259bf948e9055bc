"""How the provider of each channel is doing. One that keeps failing is left alone for a while, then tried once.

The circuit of a channel opens at the FAILURES-th failure in a row. When the rest is over, one message is the trial:
whoever takes it moves `open_until` to the end of its lease, so that nobody else takes one before it has an outcome.
"""

import datetime

from django.db import transaction
from django.db.models import QuerySet

from messaging.gateways import DeliveryFailed, ErrorKind
from messaging.gateways.failures import PERMANENT
from messaging.models import Provider
from messaging.words.rules import Channel

FAILURES = 5
SHORTEST, LONGEST = datetime.timedelta(minutes=1), datetime.timedelta(minutes=15)
NOTED_EVERY = datetime.timedelta(seconds=5)  # how exact `accepted_at` is while messages flow
WELL = {"failures": 0, "open_until": None}
ANSWERED = PERMANENT  # the message was refused, and the provider is well


def at_rest(*, now: datetime.datetime) -> QuerySet:
    """The channels whose provider is left alone at ``now``."""
    return Provider.objects.filter(open_until__gt=now).values_list("channel", flat=True)


def in_trouble() -> QuerySet:
    """The channels that have a rest, or are about to be tried after one."""
    return Provider.objects.filter(open_until__isnull=False).values_list("channel", flat=True)


def just_noted(*, now: datetime.datetime) -> QuerySet:
    """The channels of which `note_accepted` has nothing new to say at ``now``."""
    noted = Provider.objects.filter(**WELL, accepted_at__gte=now - NOTED_EVERY)
    return noted.values_list("channel", flat=True)


def may_take(channel: Channel, *, now: datetime.datetime, lease_until: datetime.datetime) -> bool:
    """Whether a message may be handed over now. Call it in the transaction that takes the message.

    After a rest only one may, and the others wait for the end of its lease.
    """
    provider = Provider.objects.filter(channel=channel, open_until__isnull=False).first()
    if provider is None:
        return True
    rested = Provider.objects.filter(pk=provider.pk, open_until=provider.open_until, open_until__lte=now)
    return bool(rested.update(open_until=lease_until))


def note_accepted(channel: Channel, *, at: datetime.datetime) -> None:
    """The provider took a message, which ends its rest."""
    rows = Provider.objects.filter(channel=channel)
    known = rows.first() or Provider.objects.get_or_create(channel=channel)[0]
    if known.failures or known.open_until or not known.accepted_at or known.accepted_at < at - NOTED_EVERY:
        rows.update(**WELL, accepted_at=at)


def locked(channel: Channel) -> Provider:
    """The provider of ``channel``, locked: whoever records failures or an end of trouble does so one at a time."""
    Provider.objects.get_or_create(channel=channel)
    return Provider.objects.select_for_update().get(channel=channel)


@transaction.atomic
def note_failed(
    channel: Channel, failure: DeliveryFailed, *, at: datetime.datetime, lease_until: datetime.datetime
) -> None:
    """The provider did not take a message. What was its own fault counts, and enough of that gives it a rest.

    :param lease_until: of the message, by which a trial is known
    """
    provider = locked(channel)
    if failure.kind == ErrorKind.OURS:
        return
    if failure.kind in ANSWERED:
        Provider.objects.filter(pk=provider.pk).update(**WELL)
        return
    provider.failed_at, provider.words = at, str(failure)[:250]
    if provider.open_until in {None, lease_until}:  # else it was on its way already when the rest began
        provider.failures += 1
        if rest := _rest(provider.failures, failure.retry_after):
            provider.open_until = at + rest
    provider.save()


def _rest(failures: int, asked: datetime.timedelta | None) -> datetime.timedelta | None:
    """How long to leave a provider alone after so many failures in a row; None: not at all."""
    nothing = datetime.timedelta(0)
    earned = SHORTEST * 2 ** min(failures - FAILURES, 10) if failures >= FAILURES else nothing
    return min(max(earned, asked or nothing), LONGEST) or None
