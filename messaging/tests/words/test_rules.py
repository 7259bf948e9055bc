"""The table of rules, as far as it is decided here; what causes them is tested where that happens."""

import datetime

import pytest

from accounts.models import Business
from messaging.inbox import saying
from messaging.models import Message
from messaging.outbox import revising
from messaging.tests.factories import ConversationFactory, MessageFactory, about, automated, refused
from messaging.tests.taking import take_next
from messaging.words.reasons import Reason
from messaging.words.rules import RuleCode

NOW = datetime.datetime(2031, 3, 4, 9, 0, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(hours=24)

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(db):
    Business.objects.current()
    return ConversationFactory(name="Ada")


def skipped(conversation, code, reason, **facts):
    return refused(conversation, code, reason, key=f"contact:1:{code}", now=NOW, **facts)


def test_a_contact_is_welcomed_once(conversation):
    first = automated(conversation, RuleCode.WELCOME, key="contact:1:welcome", now=NOW)
    again = automated(conversation, RuleCode.WELCOME, key="contact:1:welcome", now=NOW + DAY)

    assert first == again
    assert first.status == Message.Status.QUEUED


@pytest.mark.parametrize(
    ("reason", "facts", "sentence"),
    [
        (Reason.IMPORTED, {}, "The contact was imported."),
        (Reason.UNCHECKED, {"who": "Sara Staff"}, "Sara Staff chose not to send it."),
        (Reason.DUPLICATE, {"rule": "confirmation"}, "The confirmation says it already."),
    ],
)
def test_who_is_not_welcomed_has_a_row_that_says_why(conversation, reason, facts, sentence):
    message = skipped(conversation, RuleCode.WELCOME, reason, **facts)

    assert (message.status, message.reason_code, message.reason) == ("skipped", reason, sentence)
    # A row that says so also keeps the rule from speaking later.
    assert automated(conversation, RuleCode.WELCOME, key=message.key, now=NOW) == message


def test_nobody_is_welcomed_before_the_business_is_active(conversation):
    Business.objects.update(activated_at=None)

    assert automated(conversation, RuleCode.WELCOME, now=NOW).reason_code == Reason.NOT_ACTIVE


def test_a_confirmation_says_it_once_for_each_schedule(conversation):
    keys = ["booking:1:confirmation:1", "booking:1:confirmation:1", "booking:1:confirmation:2"]

    for key in keys:
        automated(conversation, RuleCode.CONFIRMATION, key=key, now=NOW, starts_at=NOW + DAY)

    assert Message.objects.count() == 2


def test_a_visit_that_has_begun_is_not_confirmed(conversation):
    message = automated(conversation, RuleCode.CONFIRMATION, now=NOW, starts_at=NOW - MINUTE)

    assert message.reason_code == Reason.TOO_LATE


def test_a_reminder_waits_for_its_time_and_a_moved_visit_has_its_own(conversation):
    first = automated(conversation, key="booking:1:reminder:1:1440", now=NOW, send_at=NOW + DAY)
    revising.cancel_planned(about(), reason=Reason.BOOKING_MOVED)
    second = automated(conversation, key="booking:1:reminder:2:1440", now=NOW, send_at=NOW + 2 * DAY)

    first.refresh_from_db()
    assert (first.status, second.status) == ("cancelled", "planned")
    assert take_next(now=NOW + DAY) is None
    assert take_next(now=NOW + 2 * DAY) == second


def test_a_visit_booked_after_the_time_for_its_reminder_has_a_row_that_says_so(conversation):
    message = skipped(conversation, RuleCode.REMINDER, Reason.BOOKED_LATE)

    assert message.reason == "Booked after the time for its reminder."


def test_after_an_outage_the_next_visit_comes_first_and_the_past_ones_are_dropped(conversation):
    for n, hours in enumerate([30, 26, 2, -1]):  # until the visits, when the worker is back
        starts_at = NOW + 2 * DAY + hours * HOUR
        automated(
            conversation, key=f"reminder:{n}", now=NOW, send_at=NOW + DAY + n * MINUTE, starts_at=starts_at
        )

    taken = [take_next(now=NOW + 2 * DAY) for _ in range(4)]

    assert [(message.key, message.status, message.reason_code) for message in taken] == [
        ("reminder:3", "skipped", Reason.TOO_LATE),
        ("reminder:2", "sending", ""),
        ("reminder:1", "sending", ""),
        ("reminder:0", "sending", ""),
    ]


def test_a_form_is_asked_for_once_for_each_turn_and_never_after_the_visit(conversation):
    for turn in [1, 1, 2]:
        automated(
            conversation,
            RuleCode.FORM_REMINDER,
            key=f"booking:1:form_reminder:{turn}",
            now=NOW,
            send_at=NOW + turn * HOUR,
            starts_at=NOW + 2 * HOUR,
        )

    taken = [take_next(now=NOW + hours) for hours in (HOUR, 2 * HOUR)]

    assert Message.objects.count() == 2
    assert [(message.status, message.reason_code) for message in taken] == [
        ("sending", ""),
        ("skipped", Reason.TOO_LATE),
    ]


def test_a_notice_to_staff_leaves_while_everything_else_is_stopped():
    Business.objects.current()
    Business.objects.update(activated_at=None)
    notice = MessageFactory(
        conversation=None, rule=RuleCode.STAFF_NOTICE, key="alert:1", address="amir@careops.example"
    )

    assert take_next(now=notice.send_at) == notice
    notice.refresh_from_db()
    assert (notice.status, notice.address) == ("sending", "amir@careops.example")


def test_a_human_message_silences_the_clock_and_no_other_person(conversation, staff):
    saying.reply(conversation=conversation, by=staff, body="I will ring you.", now=NOW)

    assert automated(conversation, now=NOW + MINUTE).reason_code == Reason.PAUSED
    assert automated(ConversationFactory(), key="other", now=NOW + MINUTE).status == "queued"


def test_a_note_a_button_and_what_came_in_silence_nothing(conversation, staff):
    saying.add_note(conversation=conversation, by=staff, body="Rang them.", now=NOW)
    saying.record_incoming(conversation=conversation, body="Hello?", at=NOW)
    automated(conversation, key="by-hand", now=NOW, asked_by=staff)

    assert automated(conversation, now=NOW + MINUTE).status == "queued"


def test_a_move_notice_waits_for_its_grace_and_gives_way_to_the_next(conversation):
    grace = NOW + 3 * MINUTE
    first = automated(conversation, RuleCode.MOVED, key="booking:1:moved:2", now=NOW, send_at=grace)
    revising.cancel_planned(about(), reason=Reason.BOOKING_MOVED)
    second = automated(
        conversation, RuleCode.MOVED, key="booking:1:moved:3", now=NOW + MINUTE, send_at=grace + MINUTE
    )

    taken = [take_next(now=grace), take_next(now=grace + MINUTE)]

    first.refresh_from_db()
    assert taken == [None, second]
    assert (first.status, first.reason) == ("cancelled", "The booking was moved.")


def test_a_cancellation_is_not_told_once_the_visit_has_begun(conversation):
    message = automated(
        conversation, RuleCode.CANCELLED, now=NOW, send_at=NOW + 3 * MINUTE, starts_at=NOW + 2 * MINUTE
    )

    take_next(now=NOW + 3 * MINUTE)

    message.refresh_from_db()
    assert (message.status, message.reason_code) == ("skipped", Reason.TOO_LATE)


def test_a_failed_message_is_marked_and_kept(conversation, staff):
    message = MessageFactory(conversation=conversation, status="failed", reason="550 No such user")

    revising.cancel_planned(about(message.about_key), reason=Reason.BOOKING_MOVED)

    message.refresh_from_db()
    assert (message.status, message.reason) == ("failed", "550 No such user")


def test_what_automation_says_is_no_answer(conversation):
    saying.record_incoming(conversation=conversation, body="Hello?", at=NOW)

    automated(conversation, RuleCode.CONFIRMATION, now=NOW + MINUTE)

    conversation.refresh_from_db()
    assert conversation.waiting_since == NOW
