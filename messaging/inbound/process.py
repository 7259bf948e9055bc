"""What the worker makes of an event: a message in its conversation, a wish that is obeyed, a status that moves on."""

import datetime

from django.urls import reverse

from accounts.models import Business
from alerts import services as alerts
from alerts.models import Alert
from messaging.consent import services as consent
from messaging.inbound import answers, reports
from messaging.inbound.events import Incoming, Report, finish, told
from messaging.inbound.mail import SYSTEM
from messaging.inbound.quotes import split_quoted
from messaging.inbound.senders import NUMBER, conversation_of, is_ourselves
from messaging.inbound.words import Wish, is_reaction, looks_like_opt_out, wish_in
from messaging.inbox import saying
from messaging.locks import locked_at
from messaging.models import ConsentChange, Conversation, Message, WebhookEvent
from messaging.words.rules import Channel, RuleCode

PATIENCE = datetime.timedelta(minutes=5)  # a report may be here before the worker has noted what it is about


def process(event: WebhookEvent, *, now: datetime.datetime) -> Incoming | None:
    """Make something of an event, within a transaction that holds its row.

    :returns: a message of somebody whom nobody knows: whoever makes a contact of them files it, by `file`. None: done,
        or left for later
    """
    what, channel = told(event), Channel(event.channel)
    if isinstance(what, Report):
        _report(what, event, now=now)
        return None
    wish = wish_in(what.words) if channel == Channel.SMS else None
    if channel == Channel.SMS and not NUMBER.fullmatch(what.sender):
        finish(event, trouble="It came from no number that could be answered.", now=now)
        return None
    conversation = conversation_of(what, channel)
    if conversation is None and not wish:
        return _stranger(what, event, channel, now=now)
    if conversation is not None and channel == Channel.EMAIL and _is_known(what):
        finish(event, trouble="It came before.", now=now)
        return None
    if wish:
        _obey(wish, what, event, conversation, now=now)
    if conversation is not None:
        file(what, event=event, conversation=conversation)
    finish(event, now=now)
    return None


def _report(report: Report, event: WebhookEvent, *, now: datetime.datetime) -> None:
    message = reports.find(report, Channel(event.channel))
    if message is None or message.status == Message.Status.SENDING:
        if now - event.received_at < PATIENCE:
            return
        if message is None:
            finish(event, trouble="It is about no message of ours.", now=now)
            return
    reports.apply(report, message, now=now)
    finish(event, now=now)


def _stranger(
    what: Incoming, event: WebhookEvent, channel: Channel, *, now: datetime.datetime
) -> Incoming | None:
    """Whether somebody whom nobody knows becomes a contact: not our own mail that came back, nor a mail server."""
    if channel == Channel.EMAIL and is_ourselves(what.via or what.sender, Business.objects.current()):
        finish(event, trouble="It came from ourselves.", now=now)
    elif what.sender.partition("@")[0] in SYSTEM:
        finish(event, trouble="A mail server wrote about a message that is not known.", now=now)
    elif not what.sender:
        finish(event, trouble="It names no sender.", now=now)
        alert_unreadable()
    else:
        return what
    return None


def alert_unreadable() -> None:
    """Have somebody look where what came in came from: nobody is to go without an answer."""
    alerts.raise_alert(
        kind=Alert.Kind.UNREADABLE,
        source_key="inbound",
        title="Something that came in could not be read",
        detail="Look into the mailbox or the provider's own log, so that nobody goes without an answer.",
        url=reverse("messaging:inbox"),
        severity=Alert.Severity.CRITICAL,
    )


def _is_known(what: Incoming) -> bool:
    same = Message.objects.filter(channel=Channel.EMAIL, direction=Message.Direction.IN)
    return bool(what.message_id) and same.filter(provider_id=what.message_id, address=what.sender).exists()


def file(what: Incoming, *, event: WebhookEvent, conversation: Conversation) -> Message:
    """Put a message into its conversation. A word that has been obeyed leaves nobody waiting for an answer."""
    channel = Channel(event.channel)
    is_obeyed = channel == Channel.SMS and wish_in(what.words) is not None
    taken = Message.objects.filter(
        channel=channel, direction=Message.Direction.IN, provider_id=what.message_id
    ).exists()
    said, _ = split_quoted(what.words)
    machine = bool(what.machine) or is_ourselves(what.sender, Business.objects.current()) or is_reaction(said)
    message = saying.record_incoming(
        conversation=conversation,
        channel=channel,
        address=what.sender[:254],
        via=what.via,
        subject=what.subject,
        body=what.words,
        at=event.received_at,
        provider_id="" if taken else what.message_id,
        is_machine=machine,
        waits=not is_obeyed,
    )
    if not (is_obeyed or machine) and looks_like_opt_out(said):
        Conversation.objects.filter(pk=conversation.pk).update(opt_out_hint_at=event.received_at)
    return message


def _obey(
    wish: Wish,
    what: Incoming,
    event: WebhookEvent,
    conversation: Conversation | None,
    *,
    now: datetime.datetime,
) -> None:
    said = {"channel": Channel.SMS, "value": what.sender, "words": what.words, "now": now}
    source = ConsentChange.Source.MESSAGE
    if wish == Wish.CANCEL and conversation is not None:
        _ask_what_was_meant(what, conversation, now=now)
    if wish in {Wish.STOP, Wish.CANCEL}:
        address = consent.refuse(source=source, **said)
    elif wish == Wish.START:
        address = consent.allow(source=source, **said)
    else:
        address = consent.known(channel=Channel.SMS, value=what.sender)
    if not what.is_answered:
        answers.answer(wish, event=event, address=address, conversation=conversation, now=now)


def _ask_what_was_meant(what: Incoming, conversation: Conversation, *, now: datetime.datetime) -> None:
    """CANCEL ends the texts. It may have been meant for a visit, which stands; the next one is named."""
    sharing = locked_at(Channel.SMS, what.sender)
    reminders = Message.objects.filter(
        conversation__in=sharing, rule=RuleCode.REMINDER, useless_after__gt=now
    )
    reminders = reminders.exclude(status=Message.Status.CANCELLED)  # of a visit that was moved or called off
    reminder = reminders.select_related("conversation__contact").order_by("useless_after", "pk").first()
    contact = reminder.conversation.contact if reminder else conversation.contact
    visit = f" Next: “{reminder.subject}”." if reminder else " No visit to come has a reminder."
    alerts.raise_alert(
        kind=Alert.Kind.CANCEL_WORD,
        source_key=f"contact:{contact.pk}",
        title=f"{contact} answered CANCEL: the texts, or a visit?"[:200],
        detail=f"No more texts go to {what.sender}. Nothing was called off.{visit} Ask by phone or email.",
        url=reminder.about_url if reminder and reminder.about_url else contact.get_absolute_url(),
        matters_at=reminder.useless_after if reminder else None,
    )
