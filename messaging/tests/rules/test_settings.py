import datetime

import pytest
from django.urls import reverse

from messaging.models import Automation
from messaging.rules import services as rules

pytestmark = pytest.mark.django_db
SETTINGS = reverse("messaging:settings")


def typed(**changes):
    """What the page sends when nothing is typed."""
    return {
        "version": 1,
        "pause_hours": 24,
        "opens": "08:00",
        "closes": "21:00",
        "daily_cap": 3,
        "unanswered_hours": 4,
        **changes,
    }


def test_the_page_shows_what_is_set(as_admin):
    response = as_admin.get(SETTINGS)

    assert {
        name: response.context["form"][name].value() for name in ("pause_hours", "opens", "daily_cap")
    } == {
        "pause_hours": 24,
        "opens": datetime.time(8),
        "daily_cap": 3,
    }
    assert 'value="08:00"' in response.content.decode()


def test_settings_are_saved(as_admin):
    response = as_admin.post(
        SETTINGS, typed(pause_hours="", reminders_continue="on", window_for_email="on", opens="09:30")
    )

    automation = Automation.objects.current()
    assert response.status_code == 302
    assert automation.pause is None
    assert automation.reminders_continue
    assert automation.window_for_email
    assert automation.opens == datetime.time(9, 30)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"pause_hours": 0}, "pause_hours", "greater than or equal to 1"),
        ({"pause_hours": 721}, "pause_hours", "less than or equal to 720"),
        ({"daily_cap": 21}, "daily_cap", "less than or equal to 20"),
        ({"unanswered_hours": 73}, "unanswered_hours", "less than or equal to 72"),
        ({"opens": "25:00"}, "opens", "Enter a valid time."),
        ({"closes": "08:00"}, "closes", "later than the hour it starts"),
        ({"closes": "07:59"}, "closes", "later than the hour it starts"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_saved(as_admin, changes, field, words):
    response = as_admin.post(SETTINGS, typed(**changes))

    assert response.status_code == 200
    assert set(response.context["form"].errors) == {field}
    assert words in response.context["form"].errors[field][0]
    assert not Automation.objects.exists()


def test_the_second_of_two_editors_sees_both_and_may_overrule(as_admin):
    rules.change_settings(by=None, daily_cap=5)

    response = as_admin.post(SETTINGS, typed(daily_cap=1))

    assert response.status_code == 409
    assert "<dd>5</dd>" in response.content.decode()
    assert Automation.objects.current().daily_cap == 5

    as_admin.post(SETTINGS, typed(daily_cap=1, version=response.context["form"]["version"].value()))

    assert Automation.objects.current().daily_cap == 1
