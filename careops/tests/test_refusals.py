"""Who comes to a page that is not for them is written down, without a flood."""

import datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 24, 9, 0, tzinfo=datetime.UTC)
FIRST, SECOND = (reverse("contacts:delete", args=[pk]) for pk in (1, 2))


def refusals():
    entries = AuditEntry.objects.filter(action="user.refused").order_by("pk")
    return [(entry.by, entry.changes["method"][1], entry.changes["page"][1]) for entry in entries]


def test_a_refused_request_is_written_down_once_an_hour_for_each_page_and_method(as_staff, staff):
    with time_machine.travel(NOW, tick=False) as clock:
        for path in (FIRST, SECOND, FIRST):
            assert as_staff.get(path).status_code == 403
            assert as_staff.post(path).status_code == 403
        as_staff.get(reverse("accounts:user_list"))
        clock.shift(datetime.timedelta(hours=1))
        as_staff.get(SECOND)

    assert refusals() == [
        (staff, "GET", FIRST),
        (staff, "POST", FIRST),
        (staff, "GET", reverse("accounts:user_list")),
        (staff, "GET", SECOND),
    ]


def test_each_person_counts_apart_and_django_admin_is_a_page_like_others(as_staff, as_admin, staff, admin):
    assert as_staff.get(reverse("admin:index"), follow=True).status_code == 403
    assert as_admin.get(reverse("admin:accounts_auditentry_add")).status_code == 403
    assert as_admin.get(reverse("admin:accounts_business_add")).status_code == 403

    assert [who for who, _, _ in refusals()] == [staff, admin, admin]


def test_what_is_not_there_strangers_and_forged_forms_are_no_such_entry(as_staff, client, admin):
    as_admin = Client(enforce_csrf_checks=True)
    as_admin.force_login(admin, backend="accounts.backends.RoleBackend")

    assert as_staff.get("/contacts/1/").status_code == 404
    assert client.get(FIRST).status_code == 302
    assert as_admin.post(FIRST).status_code == 403

    assert refusals() == []
