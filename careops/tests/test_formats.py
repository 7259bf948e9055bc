"""Times, days and the name of the business are the same in Django admin as on the pages."""

import datetime

import pytest
from django import forms
from django.template import Context, Template

from accounts.models import AuditEntry, Business

AFTERNOON = datetime.datetime(2026, 11, 24, 14, 30, tzinfo=datetime.UTC)


@pytest.mark.django_db
def test_admin_has_a_clock_of_24_hours_and_the_name_of_the_business(as_admin, admin):
    Business.objects.current()
    Business.objects.update(name="Riverside Physio")
    AuditEntry.objects.create(at=AFTERNOON, by=admin, actor="staff", action="user.added", subject="Ada")

    page = as_admin.get("/admin/accounts/auditentry/").content.decode()

    assert "24 Nov 2026, 14:30" in page
    assert "p.m." not in page
    assert '<div id="site-name"><a href="/admin/">Riverside Physio</a></div>' in page
    assert "· Riverside Physio\n</title>" in page
    assert "CareOps" not in page


@pytest.mark.parametrize(
    "name", ["DATE_FORMAT", "SHORT_DATE_FORMAT", "DATETIME_FORMAT", "SHORT_DATETIME_FORMAT"]
)
def test_no_format_of_django_has_the_month_first_or_half_a_day(name):
    shown = Template(f'{{{{ at|date:"{name}" }}}}').render(Context({"at": AFTERNOON}))

    assert shown in {"24 Nov 2026", "24 Nov 2026, 14:30"}


@pytest.mark.parametrize("typed", ["14:30", "14.30", "2:30pm", "2:30 PM", "14:30:00"])
def test_a_time_may_be_typed_where_a_browser_has_no_clock(typed):
    assert forms.TimeField().clean(typed) == datetime.time(14, 30)


@pytest.mark.parametrize("typed", ["2026-11-04", "04/11/2026", "4.11.2026", "4 Nov 2026"])
def test_a_day_is_read_before_its_month(typed):
    assert forms.DateField().clean(typed) == datetime.date(2026, 11, 4)
