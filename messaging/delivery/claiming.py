"""Taking what is due. A look lists it for many messages; each is then taken for itself, just before it is sent.

So a worker that dies, or is told to stop, holds one message and no more, and a reply, a refusal or a stop that has
committed keeps back everything that was not in hand. What is decided on under the lock is read under the lock.
"""

import datetime
from functools import cached_property

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.expressions import RawSQL

from alerts.models import Alert
from messaging.deciding import guards
from messaging.deciding.facts import gather
from messaging.deciding.rulebook import Rulebook
from messaging.delivery import outcomes
from messaging.delivery.bugs import log_bug
from messaging.delivery.context import Context
from messaging.models import Message
from messaging.models.message import MessageQuerySet
from messaging.models.usefulness import USEFUL_FIRST
from messaging.running import circuit

LEASE = datetime.timedelta(seconds=60)  # longer than a call of a gateway can take
SEEN = 100  # messages in a look: far more than can be in other hands at a time
FRESH = datetime.timedelta(
    seconds=1
)  # how long a look is good for; a reply that is typed meanwhile waits as long
# Changes whenever a row of the rulebook does, whoever changes it.
EDITION = """concat_ws(' ', (SELECT ctid::text || xmin::text FROM accounts_business WHERE id = 1),
 (SELECT ctid::text || xmin::text FROM messaging_automation WHERE id = 1),
 (SELECT string_agg(ctid::text || xmin::text, ' ' ORDER BY id) FROM messaging_rule))"""


class Look:
    """What is due ``now``, the most useful first, and what is needed to send it."""

    def __init__(self, *, now: datetime.datetime):
        self._at = now
        self._rulebook, self._edition = None, None
        due = _due(now=now).order_by(*USEFUL_FIRST)
        rows = list(due.values_list("pk", "conversation_id", "conversation__contact__email")[:SEEN])
        self._to_staff = [pk for pk, conversation, _ in rows if conversation is None]
        self._to_contacts = [pk for pk, conversation, _ in rows if conversation is not None]
        self._conversations = {conversation: email for _, conversation, email in rows if conversation}

    def is_fresh(self, *, now: datetime.datetime) -> bool:
        return now < self._at + FRESH

    @cached_property
    def context(self) -> Context:
        """What emails are written with."""
        return Context.read(self._conversations)

    def take(self, *, now: datetime.datetime) -> Message | None:
        """Take the first that nobody else holds: as *sending* under a lease, or *skipped* with its reason.

        The conversation is locked along with the message, as `saying.reply` locks it, so that no automated message is
        taken after a reply has committed. Rows that somebody else holds are left for later: nobody waits here, and so
        nobody deadlocks. What would go to a provider that has a rest stays.

        :returns: None where nothing is left of what was seen
        """
        return self._take(now=now) if self._to_staff or self._to_contacts else None

    @transaction.atomic
    def _take(self, *, now: datetime.datetime) -> Message | None:
        message = self._first(now=now)
        if message is None:
            return None
        try:
            verdict = guards.decide(
                message, gather(message, rulebook=self._rules_of(message), now=now), now=now
            )
        except (OperationalError, InterfaceError):
            raise  # the database has gone away, which is not the message's fault
        except Exception as error:
            log_bug("whether to send a message could not be decided", message, error)
            outcomes.give_up(
                message, f"CareOps could not decide whether to send this ({type(error).__name__})."
            )
            return message
        if verdict.may_leave:
            _lease(message, verdict, now=now)
        else:
            _hold_back(message, verdict, now=now)
        return message

    def _first(self, *, now: datetime.datetime) -> Message | None:
        message = None
        if self._to_staff:
            message = _first_to_staff(_as_it_is(self._to_staff, now=now))
            self._to_staff = _after(message, self._to_staff)
        if message is None and self._to_contacts:
            message = _first_to_contacts(_as_it_is(self._to_contacts, now=now))
            self._to_contacts = _after(message, self._to_contacts)
        return message

    def _rules_of(self, message: Message) -> Rulebook:
        """The rules as they were when ``message`` was locked, or newer."""
        if self._rulebook is None or self._edition != message.edition:
            self._rulebook, self._edition = Rulebook.current(), message.edition
        return self._rulebook


def _due(*, now: datetime.datetime) -> MessageQuerySet:
    return Message.objects.due(now=now).exclude(channel__in=circuit.at_rest(now=now))


def _as_it_is(seen: list[int], *, now: datetime.datetime) -> MessageQuerySet:
    """What of that is still due, with the edition of the rules, and whether its channel is ``calm``.

    Where it is, a message that is sent changes nothing but itself.
    """
    well = Exists(circuit.just_noted(now=now).filter(channel=OuterRef("channel")))
    alarmed = Exists(Alert.objects.filter(kind=Alert.Kind.DELIVERY, cause_ended_at=None))
    edition = RawSQL(EDITION, [], output_field=TextField())  # noqa: S611 - nothing of it comes from anybody
    return (
        _due(now=now)
        .filter(pk__in=seen)
        .annotate(edition=edition, calm=Q(well) & ~Q(alarmed))
        .order_by(*USEFUL_FIRST)
    )


def _after(message: Message | None, seen: list[int]) -> list[int]:
    """What was seen after ``message``; those before it are in other hands. None: all are."""
    return seen[seen.index(message.pk) + 1 :] if message else []


def _first_to_staff(seen: MessageQuerySet) -> Message | None:
    return seen.select_for_update(skip_locked=True, no_key=True).first()


def _first_to_contacts(seen: MessageQuerySet) -> Message | None:
    # The condition makes it an inner join: rows of an outer one cannot be locked.
    whole = seen.filter(conversation__contact__gt=0).select_related(
        "conversation__contact", "conversation__paused_by"
    )
    message = whole.select_for_update(of=("self", "conversation"), skip_locked=True, no_key=True).first()
    if message and message.conversation.paused_by_id and message.conversation.paused_by is None:
        # Paused while we looked: the lock shows the conversation as it is now, and who paused it as they were before.
        message.conversation.refresh_from_db(fields=["paused_by"])
    return message


def _lease(message: Message, verdict: guards.Verdict, *, now: datetime.datetime) -> None:
    way = {"channel": verdict.channel, "address": verdict.address}
    lease = {"status": Message.Status.SENDING, "lease_until": now + LEASE, "attempts": message.attempts + 1}
    message.calm = message.calm and message.channel == verdict.channel
    row = Message.objects.filter(pk=message.pk)
    in_trouble = Exists(circuit.in_trouble().filter(channel=verdict.channel))
    changes = way | lease
    if not row.exclude(in_trouble).update(**changes):
        if not circuit.may_take(verdict.channel, now=now, lease_until=now + LEASE):
            changes = way  # it stays due, under the channel whose provider has a rest
        row.update(**changes)
    for field, value in changes.items():
        setattr(message, field, value)


def _hold_back(message: Message, verdict: guards.Verdict, *, now: datetime.datetime) -> None:
    # After a failed try, its words as well.
    message.reason_code = verdict.code
    message.reason = f"{verdict.sentence} {message.reason if message.attempts else ''}".strip()[:300]
    if verdict.wait_until:
        message.send_at = verdict.wait_until
    else:
        message.status = Message.Status.SKIPPED
    message.save(update_fields=["status", "send_at", "reason_code", "reason"])
    if message.status == Message.Status.SKIPPED:
        outcomes.give_turn_away(message, message.conversation, now=now)
