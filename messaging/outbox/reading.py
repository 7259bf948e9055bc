"""What the outbox shows: the messages of each tab, and what has been promised for the coming days."""

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from django.db.models import Case, F, QuerySet, TextField, Value, When
from django.utils import timezone

from alerts.models import Alert
from careops.core.numbers import plural
from careops.core.search import matching
from messaging.deciding.facts import CAPPED_CODES
from messaging.models import Address, ConsentChange, Conversation, Message
from messaging.words.reasons import Reason
from messaging.words.rules import Channel
from messaging.words.texts import sms_segments

Status = Message.Status
COMING = "coming"
TABS = {
    COMING: ("Coming", Message.PENDING),
    "failed": ("Failed", Message.UNDELIVERED),
    "skipped": ("Skipped", [Status.SKIPPED, Status.CANCELLED]),
    "sent": ("Sent", [Status.SENDING, Status.SENT, Status.DELIVERED]),
    "all": ("All", None),
}
HORIZON = 7  # days that "coming" looks ahead
TYPED = "typed"  # in place of a rule: what people wrote
MOST_PEOPLE = 200  # found by a part of their name
MOST_PROMISES = 5000  # counted for the totals
ACTIONS = {  # in the history of a message
    "message.edited": "Changed",
    "message.sent_by_hand": "Sent by hand",
    "message.cancelled": "Cancelled",
    "message.retried": "Tried again",
    "message.confirmed": "Found to have arrived",
}


def messages_of(
    tab: str, *, person: str = "", rule: str = "", channel: str = "", now: datetime.datetime
) -> QuerySet[Message]:
    """The messages of a tab, narrowed.

    :param person: part of a name, email address or number
    :param rule: code of a rule, or TYPED
    """
    rows = Message.objects.outbox().for_list()
    statuses = TABS[tab][1]
    if statuses:
        rows = rows.filter(status__in=statuses)
    if tab == COMING:
        rows = rows.filter(send_at__lt=now + datetime.timedelta(days=HORIZON))
    if rule:
        rows = rows.filter(rule="" if rule == TYPED else rule)
    if channel:
        rows = rows.filter(channel=channel)
    if person:
        theirs = Conversation.objects.filter(matching(person, column="contact__searchable"))
        rows = rows.filter(conversation__in=theirs.order_by().values("pk")[:MOST_PEOPLE])
    return rows


@dataclass
class Day:
    """What is promised for one day; the counts are of the whole day, the rows those of this page."""

    date: datetime.date
    messages: int
    texts: int
    rows: list[Message] = field(default_factory=list)


@dataclass(frozen=True)
class Promises:
    """What is promised for the coming days.

    :param texts: how many text messages a provider will charge for
    :param is_cut: there are more than anybody counts
    """

    days: dict[datetime.date, Day]
    messages: int
    texts: int
    is_cut: bool
    crowded: frozenset[tuple[datetime.date, int]]

    @property
    def sentence(self) -> str:
        messages = f"{'More than ' if self.is_cut else ''}{plural(self.messages, 'message')}"
        to_pay = f", {plural(self.texts, 'text message')} to pay for among them" if self.texts else ""
        return f"{messages} in the coming seven days{to_pay}."

    def by_day(self, rows: Iterable[Message]) -> list[Day]:
        """The rows of a page under their days. Each learns whether it is one too many for its person that day."""
        days = []
        for date, due in groupby(rows, key=lambda row: timezone.localdate(row.send_at)):
            day = self.days.get(date) or Day(date, 0, 0)
            day.rows = list(due)
            for row in day.rows:
                row.is_crowded = row.obeys_pause and (date, row.conversation_id) in self.crowded
            days.append(day)
        return days


def promises(rows: QuerySet[Message], *, cap: int) -> Promises:
    """Count what ``rows`` promise, by day, in one query.

    :param cap: how many messages of the clock and of courtesy a person gets in a day
    """
    words = Case(
        When(channel=Channel.SMS, sms="", then=F("body")),
        When(channel=Channel.SMS, then=F("sms")),
        default=Value(""),
        output_field=TextField(),
    )
    counted = list(
        rows.select_related(None)
        .annotate(words_by_sms=words)
        .values_list("send_at", "conversation", "rule", "sent_by", "words_by_sms")[: MOST_PROMISES + 1]
    )
    days: dict[datetime.date, Day] = {}
    automatic: Counter[tuple[datetime.date, int]] = Counter()
    for send_at, conversation, rule, sent_by, text in counted[:MOST_PROMISES]:
        date = timezone.localdate(send_at)
        day = days.setdefault(date, Day(date, 0, 0))
        day.messages += 1
        day.texts += sms_segments(text)
        automatic[date, conversation] += rule in CAPPED_CODES and sent_by is None
    return Promises(
        days=days,
        messages=min(len(counted), MOST_PROMISES),
        texts=sum(day.texts for day in days.values()),
        is_cut=len(counted) > MOST_PROMISES,
        crowded=frozenset(about for about, count in automatic.items() if count > cap),
    )


def evidence_of(message: Message) -> ConsentChange | None:
    """By what the owner of an address refused it; None where that is not why the message did not leave."""
    if message.reason_code != Reason.OPTED_OUT or not message.conversation:
        return None
    addresses = Address.objects.of(message.conversation.contact).filter(state=Address.State.REFUSED)
    changes = ConsentChange.objects.filter(address__in=addresses, state=Address.State.REFUSED)
    return changes.select_related("address", "by").first()


def alert_about(message: Message) -> Alert | None:
    """The alert that a reminder held by a pause has raised, while nobody has settled it."""
    if not message.is_held:
        return None
    about = {"kind": Alert.Kind.HELD_REMINDER, "source_key": f"message:{message.pk}"}
    return Alert.objects.ongoing(**about).unsettled().first()
