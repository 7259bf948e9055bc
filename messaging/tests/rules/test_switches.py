import pytest
from django.urls import reverse
from django.utils import timezone

from messaging.models import Automation, Rule
from messaging.rules import services as rules
from messaging.tests.rulepages import RULES, change, page_of, planned, text_of

pytestmark = pytest.mark.django_db


# --- Switching ---


def test_a_switch_without_consequences_acts_at_once(as_admin):
    page = text_of(as_admin.get(RULES))
    response = as_admin.post(page_of("reminder", "rule_off"), follow=True)

    assert f'<form method="post" action="{page_of("reminder", "rule_off")}">' in page
    assert "“Reminder” is off." in text_of(response)
    assert not Rule.objects.get(code="reminder").enabled


def test_a_switch_that_touches_planned_messages_asks_first(as_admin):
    planned(count=12)

    page = text_of(as_admin.get(RULES))
    question = text_of(as_admin.get(page_of("reminder", "rule_off")))

    assert f'<form method="get" action="{page_of("reminder", "rule_off")}">' in page
    assert "Switch “Reminder” off?" in question
    assert "12 planned messages will be skipped when due." in question
    assert not Rule.objects.exists()


def test_switching_on_says_what_it_will_do_and_that_the_past_is_past(as_admin):
    change(enabled=False)
    planned()

    question = text_of(as_admin.get(page_of("reminder", "rule_on")))

    assert "1 planned message will go out when due." in question
    assert "Nothing is sent about what is past." in question


def test_there_is_no_page_for_a_rule_that_does_not_exist(as_admin):
    for name in ("rule", "rule_on", "rule_off", "rule_restore"):
        for code in ("nonsense", "consent", "test"):  # the last two cannot be changed
            assert as_admin.get(page_of(code, name)).status_code == 404
            assert as_admin.post(page_of(code, name)).status_code == 404
    assert not Rule.objects.exists()


# --- Stopping all of it ---


def test_a_stop_asks_first_with_what_waits(as_admin):
    planned(count=31)

    page = text_of(as_admin.get(reverse("messaging:stop")))

    assert "31 planned messages will wait." in page
    assert not Automation.objects.current().is_stopped


def test_while_stopped_the_list_says_so_and_leads_back(as_admin):
    as_admin.post(reverse("messaging:stop"))

    page = text_of(as_admin.get(RULES))
    assert "Automation is stopped for everybody</strong>, by Amir Admin" in page
    assert reverse("messaging:start") in page
    assert reverse("messaging:stop") not in page

    response = as_admin.post(reverse("messaging:start"), follow=True)

    assert "Automation runs again." in text_of(response)
    assert "stopped for everybody" not in text_of(response)


def test_a_start_says_what_it_will_do(as_admin):
    rules.stop_automation(by=None, now=timezone.now())
    planned(count=2)

    page = text_of(as_admin.get(reverse("messaging:start")))

    assert "2 planned messages will go out when due." in page
    assert "What fell due in the meantime was skipped" in page
    assert Automation.objects.current().is_stopped
