import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import AuditEntry
from careops.core.versions import ChangedMeanwhile
from messaging.deciding.rulebook import Rulebook
from messaging.models import Address, Automation, Message, Rule
from messaging.rules import services as rules
from messaging.tests.factories import ConversationFactory, MessageFactory, automated
from messaging.tests.taking import take_next
from messaging.words.reasons import Reason
from messaging.words.rules import STANDARDS, Channel, RuleCode

pytestmark = pytest.mark.django_db
DAY = 24 * 60


@pytest.fixture
def now():
    return timezone.now()


def waiting(rule="reminder", *, minutes, now, **fields):
    """A message of a rule that is due in so many minutes."""
    send_at = now + datetime.timedelta(minutes=minutes)
    return MessageFactory(rule=rule, key=None, status="planned", send_at=send_at, **fields)


def state(message):
    message.refresh_from_db()
    return message.status, message.reason_code


def audited():
    """What the people of the tests have done, the earliest first; not how they came to be."""
    return list(AuditEntry.objects.exclude(by=None).order_by("pk").values_list("action", flat=True))


# --- Changing a rule ---


def test_the_first_change_makes_the_row_and_keeps_the_rest_as_it_came(admin, now):
    rule = rules.change_rule(code="reminder", by=admin, now=now, leads=[2 * DAY, 120])

    standard = STANDARDS[RuleCode.REMINDER]
    assert Rule.objects.get() == rule
    assert (rule.leads, rule.version) == ([2 * DAY, 120], 2)
    assert (rule.subject, rule.body, rule.enabled) == (standard.subject, standard.body, True)
    assert Rulebook.current().rules[RuleCode.REMINDER].leads == [2 * DAY, 120]


def test_a_change_is_recorded_in_words(admin, now):
    rule = rules.change_rule(code="reminder", by=admin, now=now, leads=[DAY, 120], channels=["sms"])

    entry = AuditEntry.objects.about(rule).get()
    assert (entry.by, entry.action, entry.subject) == (admin, "rule.changed", "Reminder")
    assert entry.changes == {
        "leads": ["1 day", "1 day, 2 hours"],
        "channels": ["by email, else by SMS", "by SMS"],
    }


def test_a_change_of_nothing_leaves_no_trace(admin, now):
    rule = rules.change_rule(code="reminder", by=admin, now=now, leads=[DAY], enabled=True)

    assert rule.version == 1
    assert not audited()


def test_new_words_hold_for_what_is_planned_from_now_on(admin, now):
    conversation = ConversationFactory()
    later = now + datetime.timedelta(days=1)
    before = automated(conversation, now=now, send_at=later, starts_at=later + datetime.timedelta(days=1))

    rules.change_rule(code="reminder", by=admin, now=now, subject="See you, {{first_name}}")

    after = automated(
        conversation,
        now=now,
        key="booking:2:reminder",
        send_at=later,
        starts_at=later + datetime.timedelta(days=1),
    )
    before.refresh_from_db()
    assert before.subject.startswith("Reminder:")
    assert after.subject == "See you, Ada"


@pytest.mark.parametrize(
    ("code", "field", "value", "words"),
    [
        ("reminder", "subject", "Hello {{nobody}}", "There is no {{nobody}}"),
        ("welcome", "body", "See you {{when}}", "There is no {{when}}"),
        ("reminder", "sms", "Reply STOP to opt out", "Do not ask for “STOP”"),
        ("reminder", "sms", "", "Write what the SMS says"),
        ("reminder", "leads", [], "Say when"),
        ("reminder", "leads", [DAY, 30], "last 30 minutes before a visit"),
        ("moved", "delay", 61, "An hour is the most"),
        ("form_reminder", "delay", 0, "choose a longer time"),
        ("form_reminder", "cap", 6, "less than or equal to 5"),
        ("reminder", "channels", [], "cannot be blank"),
        ("reminder", "channels", ["pigeon"], "not a valid choice"),
    ],
)
def test_words_and_times_that_cannot_be_are_refused(admin, now, code, field, value, words):
    with pytest.raises(ValidationError, match=words):
        rules.change_rule(code=code, by=admin, now=now, **{field: value})

    assert not Rule.objects.exists()
    assert not audited()


def test_the_second_of_two_editors_is_refused_and_sees_what_the_first_has_saved(admin, staff, now):
    rules.change_rule(code="reminder", version=1, by=admin, now=now, subject="Mine")

    with pytest.raises(ChangedMeanwhile) as refusal:
        rules.change_rule(code="reminder", version=1, by=staff, now=now, subject="Yours")

    assert refusal.value.theirs.subject == "Mine"
    assert Rule.objects.get().subject == "Mine"
    assert len(audited()) == 1


def test_standard_words_come_back_and_the_timing_stays(admin, now):
    rules.change_rule(
        code="reminder", by=admin, now=now, subject="A", body="B", sms="C", leads=[120], enabled=False
    )

    rule = rules.restore_standard(code=RuleCode.REMINDER, by=admin, now=now)

    assert rule.has_standard_words
    assert (rule.leads, rule.enabled) == ([120], False)
    assert AuditEntry.objects.about(rule)[0].changes["subject"][0] == "A"


# --- Switching ---


def test_a_rule_switched_off_skips_what_falls_due(admin, now):
    message = waiting(minutes=-1, now=now)

    rules.switch_rule(code="reminder", enabled=False, by=admin, now=now)
    take_next(now=now)

    assert state(message) == ("skipped", Reason.RULE_OFF)


def test_switched_on_a_rule_never_speaks_about_what_is_past(admin, now):
    rules.switch_rule(code="reminder", enabled=False, by=admin, now=now)
    past, future = waiting(minutes=-1, now=now), waiting(minutes=5, now=now)
    other, by_hand = waiting("confirmation", minutes=-1, now=now), waiting(minutes=-1, now=now, sent_by=admin)

    rules.switch_rule(code="reminder", enabled=True, by=admin, now=now)

    assert state(past) == ("skipped", Reason.RULE_OFF)
    assert past.reason == "The rule “Reminder” is switched off."
    assert [state(message)[0] for message in (future, other, by_hand)] == ["planned"] * 3


def test_a_switch_that_is_so_already_skips_nothing(admin, now):
    message = waiting(minutes=-1, now=now)

    rules.switch_rule(code="reminder", enabled=True, by=admin, now=now)

    assert state(message)[0] == "planned"
    assert not audited()


# --- Stopping all of it ---


def test_a_stop_skips_what_falls_due_and_says_by_whom(admin, now):
    message = waiting(minutes=-1, now=now)

    automation = rules.stop_automation(by=admin, now=now)
    take_next(now=now)

    assert (automation.stopped_at, automation.stopped_by) == (now, admin)
    assert state(message) == ("skipped", Reason.STOPPED)
    assert message.reason == "Automation is stopped for everybody, by Amir Admin."


def test_a_second_stop_changes_nothing(admin, staff, now):
    rules.stop_automation(by=admin, now=now)

    rules.stop_automation(by=staff, now=now + datetime.timedelta(minutes=1))

    assert (Automation.objects.current().stopped_at, Automation.objects.current().stopped_by) == (now, admin)
    assert len(audited()) == 1


def test_a_start_sends_nothing_about_what_is_past(admin, now):
    rules.stop_automation(by=admin, now=now)
    past, future = waiting(minutes=-1, now=now), waiting("confirmation", minutes=5, now=now)
    to_staff = waiting("staff_notice", minutes=-1, now=now)
    typed, by_hand = waiting("", minutes=-1, now=now), waiting(minutes=-1, now=now, sent_by=admin)

    rules.start_automation(by=admin, now=now)

    assert not Automation.objects.current().is_stopped
    assert state(past) == ("skipped", Reason.STOPPED)
    assert [state(message)[0] for message in (future, to_staff, typed, by_hand)] == ["planned"] * 4
    assert audited() == ["automation.stopped", "automation.started"]


def test_a_start_of_what_runs_changes_nothing(admin, now):
    message = waiting(minutes=-1, now=now)

    rules.start_automation(by=admin, now=now)

    assert state(message)[0] == "planned"
    assert not audited()


# --- Settings ---


def test_settings_are_changed_and_recorded(admin):
    automation = rules.change_settings(version=1, by=admin, pause_hours=None, daily_cap=5)

    assert Automation.objects.current().pause is None
    assert AuditEntry.objects.about(automation).get().changes == {
        "pause_hours": [24, None],
        "daily_cap": [3, 5],
    }


def test_settings_that_somebody_else_has_changed_are_not_overwritten(admin, staff):
    rules.change_settings(version=1, by=admin, daily_cap=5)

    with pytest.raises(ChangedMeanwhile):
        rules.change_settings(version=1, by=staff, daily_cap=1)

    assert Automation.objects.current().daily_cap == 5


def test_a_window_that_closes_before_it_opens_is_refused(admin):
    with pytest.raises(ValidationError):
        rules.change_settings(by=admin, opens=datetime.time(22), closes=datetime.time(8))

    assert Automation.objects.current().opens == datetime.time(8)
    assert not audited()


# --- Tests ---


def test_a_test_goes_to_the_address_itself_and_belongs_to_no_conversation(admin, now):
    message = rules.send_test(
        channel=Channel.EMAIL,
        address="me@care.example",
        subject="Hi",
        body="Words",
        sms="",
        by=admin,
        now=now,
    )

    taken = take_next(now=now)

    assert taken == message
    assert (taken.status, taken.address, taken.conversation) == ("sending", "me@care.example", None)
    assert (taken.rule, taken.subject, taken.sent_by) == ("test", "Test: Hi", admin)


def test_a_test_leaves_even_while_automation_is_stopped(admin, now):
    rules.stop_automation(by=admin, now=now)
    rules.send_test(
        channel=Channel.EMAIL,
        address="me@care.example",
        subject="Hi",
        body="Words",
        sms="",
        by=admin,
        now=now,
    )

    assert take_next(now=now).status == Message.Status.SENDING


def test_a_test_never_goes_to_somebody_who_has_opted_out(admin, now):
    Address.objects.create(channel="sms", value="+447700900123", state="refused")

    with pytest.raises(rules.AddressRefused, match=r"\+447700900123 has opted out of SMS"):
        rules.send_test(
            channel=Channel.SMS, address="+447700900123", subject="", body="a", sms="b", by=admin, now=now
        )

    assert not Message.objects.exists()
    assert not audited()
