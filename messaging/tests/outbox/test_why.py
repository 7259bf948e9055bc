import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Business
from bookings.tests.factories import BookedFactory
from messaging.inbox import saying
from messaging.models import Message, Rule
from messaging.outbox import why
from messaging.tests.factories import ConversationFactory, MessageFactory
from messaging.words.reasons import Reason
from messaging.words.rules import STANDARDS, MessageClass, RuleCode

DAY = datetime.timedelta(hours=24)
TO_CONTACTS = [code for code in STANDARDS if code.message_class != MessageClass.STAFF]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def business(db):
    return Business.objects.current()  # otherwise the first page would make it


def text(response) -> str:
    return response.content.decode()


def verdicts_of(verdicts) -> dict[str, why.RuleOutcome]:
    return {verdict.rule.code: verdict for verdict in verdicts}


@pytest.mark.parametrize("about_visit", [True, False])
def test_every_rule_has_a_verdict_whatever_happened(about_visit):
    booking = BookedFactory()

    found = why.about_visit(booking) if about_visit else why.about_contact(booking.contact.conversation)

    expected = [code for code in TO_CONTACTS if STANDARDS[code].about_visit or not about_visit]
    assert [verdict.rule.code for verdict in found] == expected
    for verdict in found:
        assert bool(verdict.said) != bool(verdict.silence)


def test_a_rule_without_a_message_says_why_there_is_none():
    rule = Rule.standard_of(RuleCode.MOVED)
    rule.enabled = False
    rule.save()

    found = verdicts_of(why.about_contact(ConversationFactory()))

    assert found[RuleCode.CANCELLED].silence == "It speaks only when a visit is called off."
    assert found[RuleCode.MOVED].silence == "It is switched off."
    assert found[RuleCode.THANK_YOU].silence == "It is switched off."  # as it came


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"status": "planned", "send_at": DAY}, "Leaves {at}, by email."),
        ({"status": "queued"}, "Leaves by email as soon as the worker takes it."),
        (
            {"status": "queued", "send_at": DAY, "reason": "Try 1 of 5 failed. 451"},
            "Next try {at}, by email. Try 1 of 5 failed. 451",
        ),
        ({"status": "sending"}, "Being handed over, by email."),
        ({"status": "sent", "sent_at": DAY, "channel": "sms"}, "Left {at}, by SMS."),
        (
            {"status": "sent", "sent_at": DAY, "reason_code": Reason.LOCAL, "reason": Reason.LOCAL.label},
            "Was due {at}, by email. Kept in CareOps: no provider is set up.",
        ),
        ({"status": "delivered", "sent_at": DAY, "reported_at": DAY}, "Arrived {at}, by email."),
        ({"status": "bounced", "sent_at": DAY, "reason": "550"}, "Left {at}, by email, and came back. 550"),
        ({"status": "skipped", "reason": "Ada is blocked."}, "Ada is blocked."),
        ({"status": "cancelled", "reason": "The booking was moved."}, "The booking was moved."),
        ({"status": "failed", "reason": "550 No such user"}, "550 No such user"),
    ],
)
def test_each_message_has_its_sentence(changes, sentence):
    now = timezone.now()
    message = MessageFactory(
        **{name: now + value if value is DAY else value for name, value in changes.items()}
    )

    from_page = why.sentence_of(message)

    local = timezone.localtime(now + DAY)
    year = f" {local.year}" if local.year != timezone.localtime(now).year else ""
    assert from_page == sentence.format(at=f"{local:%a} {local.day} {local:%b}{year}, {local:%H:%M}")


def test_what_somebody_asked_for_says_who(staff):
    message = MessageFactory(status="sent", sent_at=timezone.now(), sent_by=staff)

    assert why.sentence_of(message).endswith("Asked for by Sara Staff.")


def test_only_the_newest_of_a_rule_are_shown_and_the_rest_counted():
    conversation = ConversationFactory()
    now = timezone.now()
    for n in range(5):
        MessageFactory(
            conversation=conversation, rule=RuleCode.REMINDER, send_at=now - n * DAY, subject=f"{n}"
        )

    verdict = verdicts_of(why.about_contact(conversation))[RuleCode.REMINDER]

    assert [message.subject for message, _ in verdict.said] == ["0", "1", "2"]
    assert verdict.more == 2


def test_what_people_said_and_what_concerns_another_visit_is_not_in_it(staff):
    booking, other = BookedFactory(), BookedFactory()
    saying.reply(conversation=booking.contact.conversation, by=staff, body="Hello", now=timezone.now())

    found = why.about_visit(booking)

    shown = {message for verdict in found for message, _ in verdict.said}
    assert shown
    assert shown <= set(Message.objects.filter(about_key=f"booking:{booking.pk}"))
    assert not shown & set(Message.objects.filter(about_key=f"booking:{other.pk}"))


@pytest.mark.parametrize("count", [1, 3])
def test_it_takes_two_queries(staff, count, django_assert_num_queries):
    booking = BookedFactory()
    for _ in range(count):
        MessageFactory(
            conversation=booking.contact.conversation, about_key=f"booking:{booking.pk}", sent_by=staff
        )

    for about, subject in [(why.about_visit, booking), (why.about_contact, booking.contact.conversation)]:
        with django_assert_num_queries(2):
            found = about(subject)
            assert [why.sentence_of(message) for verdict in found for message, _ in verdict.said]


def test_the_page_of_a_visit_and_of_a_contact_show_it(as_staff):
    booking = BookedFactory()
    page = reverse("messaging:why", args=[booking.contact_id])

    visit, contact = as_staff.get(booking.get_absolute_url()), as_staff.get(page)

    for response in [visit, contact]:
        assert "Why did, or didn’t, they get it?" in text(response)
        assert "It speaks only when a visit is moved." in text(response)
        assert "Did not apply" in text(response)
    assert page in text(as_staff.get(booking.contact.get_absolute_url()))
