"""What a pause held back, when it ends."""

import pytest

from messaging import pause
from messaging.inbox import saying
from messaging.models import Conversation, Message
from messaging.tests.clock import DAY, HOUR, MINUTE, NOW, fate
from messaging.tests.factories import automated
from messaging.words.rules import RuleCode


@pytest.fixture
def holding(conversation, staff):
    """Say something automated while the conversation is paused."""
    saying.reply(conversation=conversation, by=staff, body="I will ring you.", now=NOW)

    def say(code=RuleCode.REMINDER, **changes):
        message = automated(
            conversation, code, **{"now": NOW + MINUTE, "starts_at": NOW + 2 * DAY, **changes}
        )
        assert message.is_held
        return message

    return say


def release(conversation, *, now):
    Conversation.objects.filter(pk=conversation.pk).update(paused_at=None, paused_until=None, paused_by=None)
    conversation.refresh_from_db()
    return pause.release_held(conversation=conversation, now=now)


def test_a_held_reminder_leaves_when_the_pause_ends(conversation, holding):
    held = holding()

    assert release(conversation, now=NOW + DAY) == 1

    assert fate(held) == (Message.Status.QUEUED, "")
    assert (held.send_at, held.reason_code) == (NOW + DAY, "")


def test_of_several_held_about_one_thing_only_the_newest_leaves(conversation, holding):
    first = holding(RuleCode.FORM_REMINDER, key="form:1")
    second = holding(RuleCode.FORM_REMINDER, key="form:2", now=NOW + HOUR)
    other = holding(RuleCode.FORM_REMINDER, key="form:3", about_key="booking:2")

    assert release(conversation, now=NOW + DAY) == 2

    assert fate(first) == (Message.Status.SKIPPED, "The later form reminder says it already.")
    assert [fate(second)[0], fate(other)[0]] == [Message.Status.QUEUED] * 2


@pytest.mark.parametrize(
    ("code", "changes"),
    [(RuleCode.WELCOME, {"key": "contact:1:welcome"}), (RuleCode.REMINDER, {"starts_at": NOW + DAY})],
)
def test_a_welcome_is_never_late_and_a_stale_reminder_neither(conversation, holding, code, changes):
    held = holding(code, **changes)

    assert release(conversation, now=NOW + 23 * HOUR + 30 * MINUTE) == 0

    assert fate(held) == (
        Message.Status.SKIPPED,
        "Automation is paused by Sara Staff until Wed 09:00. When that ended, it was too late to be useful.",
    )
    assert not conversation.messages.held().exists()
