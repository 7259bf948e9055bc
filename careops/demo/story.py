"""The demo business, from its first day to this minute: every step is a call of the service that a page would call."""

import datetime
import random
from collections.abc import Callable
from functools import partial

from django.contrib.auth.hashers import make_password

from accounts import services as accounts
from accounts.models import User
from bookings.catalogue import services as catalogue
from bookings.hours import services as hours
from bookings.messages import reminding
from bookings.models import Booking, Service
from bookings.visits import making, moving, outcomes
from careops.demo import forms, front, people, terms
from careops.demo.clock import Past, working_minutes_ago
from careops.demo.desk import Desk
from careops.demo.diary import Visit, plan_visits
from careops.demo.shelves import Shelves
from careops.demo.supplies import Supplies
from careops.demo.talks import CLIENT, CLOSED, LOST, PHONE, QUESTIONS, STAFF, Line, Talk, talks
from contacts import services as contacts
from contacts.models import Contact
from messaging.inbox import handling
from messaging.inbox import saying as services_conversations

CUSTOMER = Booking.Cause.CUSTOMER
IN_THE_BREAK = "Nothing else suits, and the break can wait"
DAY, QUARTER = datetime.timedelta(days=1), datetime.timedelta(minutes=15)


class Story:
    """What happens at the demo business; `tell` makes it so.

    :param now: in the time zone of the business; everything that is done lies before it
    :param seed: the same seed tells the same story
    """

    def __init__(self, *, now: datetime.datetime, seed: int):
        self.now = now
        self.opened = (now - 90 * DAY).replace(hour=9, minute=0)
        self.seed = seed
        self.dice = random.Random(seed)  # noqa: S311 - no secret: the same story each time is the point
        self.past = Past(now=now)
        self.users: dict[str, User] = {}
        self.services: dict[str, Service] = {}
        self.contacts: dict[str, Contact] = {}

    def tell(self, progress: Callable[[float], object]) -> None:
        """Plan everything, then let it happen in order of time. See `Past.happen`."""
        self._plan_first_days()
        clients, conversations = people.clients(), talks()
        first_words = {talk.client: talk.begins for talk in conversations}
        for client in clients:
            self._plan_client(client, asked=first_words.get(client.name))
        visits = plan_visits(clients=clients, now=self.now, seed=self.seed)
        for visit in visits:
            self._plan_visit(visit)
        front.plan_online(past=self.past, services=self.services, visits=visits)
        silent = {client.name for client in clients if client.email} - first_words.keys()
        self._plan_questions([visit for visit in visits if visit.client in silent])
        for talk in conversations:
            self._plan_talk(talk)
        Shelves(past=self.past, now=self.now, dice=self.dice, users=self.users).plan()
        Supplies(past=self.past, now=self.now, users=self.users, services=self.services).plan()
        Desk(past=self.past, now=self.now, users=self.users, contacts=self.contacts).plan()
        self.past.happen(progress)
        # One hash for all of them, as making one is slow on purpose.
        User.objects.update(password=make_password(people.PASSWORD))

    def _plan_first_days(self) -> None:
        for colleague in people.COLLEAGUES:
            self.past.plan(self.opened, partial(self._hire, colleague))
            if not colleague.works_here:
                self.past.plan(self.opened + 30 * DAY, partial(self._let_go, colleague))
        for name, minutes in people.SERVICES.items():
            self.past.plan(self.opened, partial(self._offer, name, minutes))
        self.past.plan(self.opened, self._write_forms)
        self.past.plan(self.opened + DAY, self._plan_absences)

    def _hire(self, colleague: people.Colleague, at: datetime.datetime) -> None:
        self.users[colleague.name] = accounts.create_user(
            email=colleague.email,
            name=colleague.name,
            role=colleague.role,
            takes_bookings=bool(colleague.services),
            password=None,  # all of them get one in the end
            by=self.users.get(people.OWNER),
        )
        owner, user = self.users[people.OWNER], self.users[colleague.name]
        hours.set_week(staff=user, week=terms.week_of(colleague), by=owner)
        hours.set_day(
            staff=user, date=self.now.date(), hours=terms.extra_hours(colleague, self.now.date()), by=owner
        )

    def _let_go(self, colleague: people.Colleague, at: datetime.datetime) -> None:
        user = self.users[colleague.name]
        accounts.change_user(
            user=user, name=user.name, role=colleague.role, is_active=False, by=self.users[people.OWNER]
        )

    def _offer(self, name: str, minutes: int, at: datetime.datetime) -> None:
        self.services[name] = catalogue.create_service(
            name=name,
            minutes=minutes,
            performers=[self.users[name] for name in terms.performers(name)],
            by=self.users[people.OWNER],
            **terms.TERMS[name],
        )

    def _write_forms(self, at: datetime.datetime) -> None:
        forms.write(services=self.services, by=self.users[people.OWNER], at=at)

    def _plan_absences(self, at: datetime.datetime) -> None:
        today = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
        who, first, last, reason = terms.HOLIDAY
        hours.add_time_off(
            staff=self.users[who],
            starts_at=today + first * DAY,
            ends_at=today + last * DAY,
            reason=reason,
            by=self.users[people.OWNER],
            now=at,
        )
        training = terms.training_day(today.date())
        hours.close_days(dates=[training], name=terms.TRAINING[1], by=self.users[people.OWNER])

    def _plan_client(self, client: people.Client, *, asked: int | None) -> None:
        if client.is_imported:
            at = self.opened + DAY
        elif client.is_new:
            at = working_minutes_ago(asked + 4 if asked else self.dice.randint(20, 3000), now=self.now)
        else:
            at = working_minutes_ago(self.dice.randint(20_000, 40_000), now=self.now)
        self.past.plan(at, partial(self._add_client, client))

    def _add_client(self, client: people.Client, at: datetime.datetime) -> None:
        self.contacts[client.name] = contacts.create_contact(
            name=client.name,
            email=client.email,
            phone=client.phone,
            notes=client.notes,
            source=Contact.Source.IMPORT if client.is_imported else Contact.Source.STAFF,
            by=self._reception,
            now=at,
        )

    def _plan_visit(self, visit: Visit) -> None:
        held: dict[str, Booking] = {}
        plan = self.past.plan
        plan(visit.booked_at, partial(self._book, visit, held))
        forms.plan_answers(
            past=self.past, visit=visit, held=held, readers=self.users, seed=self.seed, now=self.now
        )
        if visit.moved_at:
            plan(visit.moved_at, partial(self._move, visit, held))
        if visit.reminded_at:
            plan(visit.reminded_at, partial(self._remind, held))
        length = datetime.timedelta(minutes=people.SERVICES[visit.service])
        if visit.fate == "completed":
            at = visit.starts_at + length + datetime.timedelta(minutes=2)
            complete = partial(self._on_booking, outcomes.complete_booking, held, visit.colleague)
            plan(at, complete)
        elif visit.fate == "no_show":
            at = visit.starts_at + datetime.timedelta(minutes=15)
            plan(at, partial(self._on_booking, outcomes.mark_no_show, held, visit.colleague))
        elif visit.fate == "cancelled":
            cancel = partial(outcomes.cancel_booking, cause=CUSTOMER, reason=visit.cancel_reason)
            cancel = partial(self._on_booking, cancel, held, people.RECEPTION)
            plan(visit.cancelled_at, cancel)
        front.plan_visit(past=self.past, visit=visit, held=held, users=self.users, seed=self.seed)

    def _book(self, visit: Visit, held: dict[str, Booking], at: datetime.datetime) -> None:
        held["booking"] = making.create_booking(
            contact=self.contacts[visit.client],
            service=self.services[visit.service],
            staff=self.users[visit.colleague],
            starts_at=visit.first_starts_at,
            notes=visit.notes,
            tell=visit.is_told,
            overrule=IN_THE_BREAK if visit.moved_at else "",
            by=self._reception,
            now=at,
        )

    def _move(self, visit: Visit, held: dict[str, Booking], at: datetime.datetime) -> None:
        booking = held["booking"]
        moving.change_booking(
            booking=booking,
            service=booking.service,
            staff=booking.staff,
            starts_at=visit.starts_at,
            notes=visit.notes,
            by=self._reception,
            now=at,
        )

    def _remind(self, held: dict[str, Booking], at: datetime.datetime) -> None:
        held["booking"].refresh_from_db()
        reminding.send_reminder(booking=held["booking"], by=self._reception, again=True, now=at)

    def _on_booking(self, service, held: dict[str, Booking], by: str, at: datetime.datetime) -> None:
        held["booking"] = service(booking=held["booking"], by=self.users[by], now=at)

    def _plan_talk(self, talk: Talk) -> None:
        for line in talk.lines:
            at = working_minutes_ago(line.minutes_ago, now=self.now)
            if line.who == STAFF:
                act = partial(self._answer, talk.client, self.dice.choice(people.ANSWER), line.words)
            elif line.who == CLOSED:
                act = partial(self._put_away, talk.client)
            else:
                act = partial(self._hear, talk, line)
            self.past.plan(at, act)

    def _plan_questions(self, visits: list[Visit]) -> None:
        """Some of today's clients asked something just before their reminder was due, so the answer held it back."""
        today = [visit for visit in visits if visit.starts_at.date() == self.now.date()]
        asking = [visit for visit in today if visit.fate == "completed" and not visit.moved_at]
        early = [visit for visit in asking if visit.booked_at < visit.starts_at - 2 * DAY]
        for visit, (subject, question, answer) in zip(early, QUESTIONS, strict=False):
            talk = Talk(visit.client, subject, [Line(CLIENT, 0, question)])
            due = visit.starts_at - DAY
            self.past.plan(due - 2 * QUARTER, partial(self._hear, talk, talk.lines[0]))
            self.past.plan(due - QUARTER, partial(self._answer, visit.client, people.RECEPTION, answer))

    def _hear(self, talk: Talk, line: Line, at: datetime.datetime) -> None:
        subject = talk.subject if line is talk.lines[0] else f"Re: {talk.subject}"
        by_phone = line.who == PHONE
        services_conversations.record_incoming(
            conversation=self.contacts[talk.client].conversation,
            body=line.words,
            subject="" if by_phone else subject,
            by=self._reception if by_phone else None,
            at=at,
        )

    def _answer(self, client: str, by: str, words: str, at: datetime.datetime) -> None:
        contact, user = self.contacts[client], self.users[by]
        contacts.reply(conversation=contact.conversation, body=words, by=user, now=at)

    def _put_away(self, client: str, at: datetime.datetime) -> None:
        contact = self.contacts[client]
        handling.close_conversation(conversation=contact.conversation, by=self._reception, now=at)
        if client in LOST:
            contacts.change_contact(contact=contact, stage=Contact.Stage.LOST, by=self._reception)

    @property
    def _reception(self) -> User:
        return self.users[people.RECEPTION]


def tell(*, seed: int, now: datetime.datetime, progress: Callable[[float], object]) -> None:
    """Make the demo business, in the caller's transaction.

    :param progress: see `Past.happen`; the rest see `Story`
    """
    business = accounts.change_business(by=None, **people.BUSINESS)
    Story(now=now.astimezone(business.zone), seed=seed).tell(progress)
