import datetime

import pytest
from django.utils import timezone
from django.utils.html import strip_tags

from accounts.models import AuditEntry, Business
from messaging.models import Message, Rule
from messaging.rules import services as rules_services
from messaging.tests.factories import MessageFactory
from messaging.tests.rulepages import RULES, change, page_of, planned, text_of
from messaging.words.rules import STANDARDS

pytestmark = pytest.mark.django_db


def typed(code="reminder", **changes):
    """What the editor of a rule sends when nothing is typed."""
    standard = STANDARDS[code]
    words = {name: getattr(standard, name) for name in ("subject", "body", "sms")}
    return {"version": 1, "enabled": "on", "leads": "1 day", "channels": "email,sms", **words, **changes}


# --- The list ---


def test_each_rule_is_a_sentence_that_leads_to_its_editor(as_admin):
    response = as_admin.get(RULES)

    for code in STANDARDS:
        sentence = Rule.standard_of(code).sentence
        assert f'href="{page_of(code)}">{sentence}</a>' in text_of(response)
    assert "9 of 12 rules are on" in text_of(response)


def test_the_list_shows_what_a_rule_has_sent_and_will(as_admin):
    now = timezone.now()
    MessageFactory(rule="reminder", key=None, status="sent", sent_at=now - datetime.timedelta(days=2))
    last = MessageFactory(
        rule="reminder", key=None, status="delivered", sent_at=now - datetime.timedelta(hours=3)
    )
    first, *_ = planned(count=2)

    response = as_admin.get(RULES)

    rules = {row.rule.code: row for row in response.context["for_contacts"]}
    reminder = rules["reminder"]
    assert (reminder.last["pk"], reminder.next_at, reminder.planned) == (last.pk, first.send_at, 2)
    assert f'href="{last.get_absolute_url()}">Last sent <time' in text_of(response)
    assert "Last sent 3 h ago" in strip_tags(text_of(response))
    assert "2 planned, next" in text_of(response)


def test_staff_read_the_rules_and_change_none(as_staff):
    page = text_of(as_staff.get(RULES))

    assert Rule.standard_of("reminder").sentence in page
    assert "Only admins change rules and stop automation." in page
    for path in (page_of("reminder"), "/rules/settings/", 'class="switch"', "Stop automation</a>"):
        assert path not in page
    assert as_staff.post(f"{page_of('reminder')}off/").status_code == 403
    assert not Rule.objects.exists()


def test_what_somebody_asked_for_does_not_count_as_planned(as_admin, staff):
    planned()
    Message.objects.update(sent_by=staff)

    assert as_admin.get(RULES).context["planned"] == 0


def test_before_anything_was_sent_the_list_says_so(as_admin):
    assert "No rules have fired yet." in text_of(as_admin.get(RULES))

    MessageFactory(rule="reminder", status="sent", sent_at=timezone.now())

    assert "No rules have fired yet." not in text_of(as_admin.get(RULES))


def test_the_list_tells_what_raises_an_alert_with_the_hours_that_are_set(as_admin):
    rules_services.change_settings(by=None, unanswered_hours=1)

    assert "When nobody answers a message for 1 hour between" in text_of(as_admin.get(RULES))


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_any_number_of_messages(as_admin, count, django_assert_num_queries):
    Business.objects.current()
    MessageFactory.create_batch(count, rule="reminder", status="sent", sent_at=timezone.now())
    planned(count=count)

    with django_assert_num_queries(7):  # three of every page; rules, messages sent and planned, settings
        as_admin.get(RULES)


# --- The editor ---


def test_an_edited_rule_is_saved_and_told(as_admin, admin):
    response = as_admin.post(
        page_of("reminder"), typed(leads="2 hours, 1 day", channels="sms,email", body="Hello {{name}}\r\nBye")
    )

    rule = Rule.objects.get()
    assert response.url == RULES
    assert (rule.leads, rule.channels, rule.body) == ([24 * 60, 120], ["sms", "email"], "Hello {{name}}\nBye")
    assert AuditEntry.objects.about(rule).get().by == admin
    assert "by SMS, else by email" in text_of(as_admin.get(RULES))


def test_the_editor_shows_what_is_saved_in_words_that_can_be_typed(as_admin):
    change(leads=[7 * 24 * 60, 120], channels=["sms"])

    response = as_admin.get(page_of("reminder"))

    assert response.context["form"]["leads"].value() == "1 week, 2 hours"
    assert response.context["form"]["channels"].value() == "sms"
    assert 'value="1 week, 2 hours"' in text_of(response)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"subject": ""}, "subject", "This field is required."),
        ({"subject": "Hi {{nobody}}"}, "subject", "There is no {{nobody}}."),
        ({"body": "Reply STOP"}, "body", "Do not ask for “STOP”"),
        ({"sms": ""}, "sms", "Write what the SMS says"),
        ({"sms": "a" * 481}, "sms", "at most 480 characters"),
        ({"leads": ""}, "leads", "This field is required."),
        ({"leads": ","}, "leads", "This field is required."),
        ({"leads": "soon"}, "leads", "“soon” is not a time."),
        ({"leads": "9" * 5000 + " days"}, "leads", "is not a time."),
        ({"leads": "1 day\x00"}, "leads", "is not a time."),
        ({"leads": "1 day, 24 hours"}, "leads", "are the same time"),
        ({"leads": "30 minutes"}, "leads", "Nothing is sent in the last 30 minutes"),
        ({"leads": "1h,2h,3h,4h,5h,6h"}, "leads", "5 times are the most."),
        ({"channels": "email,pigeon"}, "channels", "Select a valid choice."),
        ({"version": "new"}, "version", "This page was out of date."),
        ({"body": "a\x00b"}, "body", "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_saved(as_admin, changes, field, words):
    response = as_admin.post(page_of("reminder"), typed(**changes))

    assert response.status_code == 200
    assert words in response.context["form"].errors[field][0]
    assert not Rule.objects.exists()


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("reminder", {"enabled", "leads", "channels", "subject", "body", "sms", "version"}),
        (
            "form_reminder",
            {"enabled", "leads", "delay", "cap", "channels", "subject", "body", "sms", "version"},
        ),
        ("moved", {"enabled", "delay", "channels", "subject", "body", "sms", "version"}),
        ("welcome", {"enabled", "channels", "subject", "body", "sms", "version"}),
        ("staff_notice", {"enabled", "subject", "body", "version"}),
    ],
)
def test_the_editor_asks_for_what_the_rule_has(as_admin, code, fields):
    response = as_admin.get(page_of(code))

    assert set(response.context["form"].fields) == fields


@pytest.mark.parametrize("code", STANDARDS)
def test_every_rule_can_be_saved_as_it_came(as_admin, code):
    form = as_admin.get(page_of(code)).context["form"]
    values = {name: form[name].value() for name in form.fields}

    response = as_admin.post(page_of(code), {name: value for name, value in values.items() if value})

    assert response.status_code == 302, response.context["form"].errors
    assert Rule.objects.filter(version=1).count() == 1


def test_the_editor_says_how_many_messages_keep_their_time(as_admin):
    planned(count=3)

    assert "3 messages are planned already and keep their time and words" in text_of(
        as_admin.get(page_of("reminder"))
    )


def test_the_second_of_two_editors_sees_both_and_may_overrule(as_admin):
    change(subject="Theirs", leads=[120])

    response = as_admin.post(page_of("reminder"), typed(subject="Mine"))

    assert response.status_code == 409
    assert "Theirs" in text_of(response)
    assert "2 hours" in text_of(response)
    assert response.context["form"]["subject"].value() == "Mine"
    assert Rule.objects.get().subject == "Theirs"

    as_admin.post(
        page_of("reminder"), typed(subject="Mine", version=response.context["form"]["version"].value())
    )

    assert Rule.objects.get().subject == "Mine"


def test_the_history_says_who_changed_what(as_admin, admin):
    rules_services.change_rule(code="reminder", by=admin, now=timezone.now(), leads=[120])
    rules_services.change_rule(code="reminder", by=admin, now=timezone.now(), enabled=False)

    page = text_of(as_admin.get(page_of("reminder")))

    assert "Amir Admin" in page
    assert "Switched off" in page
    assert "How long before: 2 hours" in page
    assert '<dd class="prewrap">1 day</dd>' in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_editor_costs_the_same_for_any_number_of_changes(
    as_admin, admin, count, django_assert_num_queries
):
    Business.objects.current()
    for hours in range(1, count + 1):
        rules_services.change_rule(code="reminder", by=admin, now=timezone.now(), leads=[hours * 60])

    with django_assert_num_queries(6):  # three of every page; the rule, its messages, its history
        as_admin.get(page_of("reminder"))


def test_words_of_admins_are_shown_as_words(as_admin):
    change(subject="<script>alert(1)</script>")

    for url in (RULES, page_of("reminder")):
        assert "<script>alert(1)" not in as_admin.get(url).content.decode()


def test_standard_words_come_back_after_a_question(as_admin):
    assert page_of("reminder", "rule_restore") not in text_of(as_admin.get(page_of("reminder")))
    change(subject="Mine")

    assert page_of("reminder", "rule_restore") in text_of(as_admin.get(page_of("reminder")))
    assert "Back to the standard words of “Reminder”?" in text_of(
        as_admin.get(page_of("reminder", "rule_restore"))
    )
    as_admin.post(page_of("reminder", "rule_restore"))

    assert Rule.objects.get().has_standard_words
