"""What else happens at the front desk of the demo: notes, who sees to what, saved replies, and messages gone astray."""

import datetime
from functools import partial

from accounts.models import User
from bookings.intake import overdue
from bookings.visits import watch as bookings_watch
from careops.demo import people
from careops.demo.clock import Past, working_minutes_ago
from contacts.models import Contact
from messaging.consent import services as consent
from messaging.inbound import reports
from messaging.inbound.events import Fate, Report
from messaging.inbox import handling, saved_replies, saying
from messaging.inbox import watch as messaging_watch
from messaging.models import ConsentChange, Message
from messaging.words.rules import Channel

SAVED_REPLIES = {
    "How to find us": (
        "Hello {{first_name}},\n\nwe are at {{address}}. From the station it is eight minutes on foot along the water;"
        " the ramp and two parking spaces are at the back.\n\nSee you soon!"
    ),
    "Late cancellation": (
        "Hello {{first_name}},\n\nthank you for telling us. Up to a day before the visit there is no charge. Shall we"
        " find another time?"
    ),
    "Call us": "Hello {{first_name}},\n\nthis is easier on the phone: ring us on {{phone}} whenever it suits you.",
}
NOTE = ("Oluwaseun Adeyemi", 300, "Daniel has time for him at the end of the day, if the knee gets worse.")
ASSIGNED = ("Harpreet Gill", 60, "Daniel Okafor")
SNOOZED = ("Margaret Whitcombe", 140)
OPTED_OUT = ("Dorothy Kingsley", 900)
MOST_REPORTED = 40  # messages of the last days that the provider has told about


class Desk:
    """:param now: in the time zone of the business; everything that is done lies before it"""

    def __init__(
        self, *, past: Past, now: datetime.datetime, users: dict[str, User], contacts: dict[str, Contact]
    ):
        self.past, self.now = past, now
        self.users, self.contacts = users, contacts

    def plan(self) -> None:
        """Have all of it happen in its turn, and at the very end what the clock would have seen by now."""
        self.past.plan(self._ago(6000), self._save_replies)
        name, minutes, words = NOTE
        self.past.plan(self._ago(minutes), partial(self._note, name, words))
        name, minutes, colleague = ASSIGNED
        self.past.plan(self._ago(minutes), partial(self._assign, name, colleague))
        name, minutes = SNOOZED
        self.past.plan(self._ago(minutes), partial(self._snooze, name))
        name, minutes = OPTED_OUT
        self.past.plan(self._ago(minutes), partial(self._opt_out, name))
        self.past.plan(self._ago(1), self._report)
        self.past.plan(self.now, self._look_around)

    def _ago(self, minutes: int) -> datetime.datetime:
        return working_minutes_ago(minutes, now=self.now)

    def _save_replies(self, at: datetime.datetime) -> None:
        for name, body in SAVED_REPLIES.items():
            saved_replies.create_saved_reply(name=name, body=body, by=self.users[people.OWNER])

    def _note(self, name: str, words: str, at: datetime.datetime) -> None:
        saying.add_note(conversation=self.contacts[name].conversation, body=words, by=self._sam, now=at)

    def _assign(self, name: str, colleague: str, at: datetime.datetime) -> None:
        handling.assign_conversation(
            conversation=self.contacts[name].conversation,
            assignee=self.users[colleague],
            before=None,
            by=self._sam,
        )

    def _snooze(self, name: str, at: datetime.datetime) -> None:
        tomorrow = (self.now + datetime.timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
        conversation = self.contacts[name].conversation
        handling.snooze_conversation(conversation=conversation, until=tomorrow, by=self._sam, now=at)

    def _opt_out(self, name: str, at: datetime.datetime) -> None:
        contact = self.contacts[name]
        saying.record_incoming(
            conversation=contact.conversation,
            body="Stop",
            channel=Channel.SMS,
            address=contact.phone_e164,
            at=at,
        )
        consent.refuse(
            channel=Channel.SMS,
            value=contact.phone_e164,
            source=ConsentChange.Source.MESSAGE,
            words="Stop",
            now=at,
        )
        handling.close_conversation(conversation=contact.conversation, by=self._sam, now=at)

    def _report(self, at: datetime.datetime) -> None:
        """The providers tell what became of the latest messages: one bounced, one failed, the rest arrived."""
        sent = Message.objects.filter(status=Message.Status.SENT).select_related("conversation__contact")
        latest = list(sent.exclude(rule="").order_by("-send_at", "-pk")[:MOST_REPORTED])
        fates = {
            5: (Fate.BOUNCED, "The mailbox is full."),
            9: (Fate.FAILED, "550 5.7.1 Refused for its content."),
        }
        for number, message in enumerate(latest):
            fate, words = fates.get(number, (Fate.DELIVERED, ""))
            reports.apply(Report(fate=fate, words=words), message, now=message.sent_at)

    def _look_around(self, at: datetime.datetime) -> None:
        messaging_watch.look_around(now=at)
        overdue.look(now=at)
        bookings_watch.look(now=at)

    @property
    def _sam(self) -> User:
        return self.users[people.RECEPTION]
