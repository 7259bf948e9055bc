import datetime
import re

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Business
from alerts import services
from alerts.models import Alert
from alerts.tests.factories import AlertFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business")]
Status = Alert.Status
HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def business(db):
    """There from the first page on; the queries that make it are not to be counted."""
    return Business.objects.current()


def url(name, *args):
    return reverse(f"alerts:{name}", args=args)


def said(response):
    return [(message.level_tag, str(message)) for message in get_messages(response.wsgi_request)]


def shown(response):
    return {alert.status for alert in response.context["page_obj"]}


@pytest.fixture
def one_of_each(staff):
    opened, acknowledged, dismissed, resolved = AlertFactory.create_batch(4)
    services.acknowledge_alert(alert=acknowledged, by=staff)
    services.dismiss_alert(alert=dismissed, by=staff, why="Ordered already")
    services.resolve_alerts(kind=resolved.kind, source_key=resolved.source_key, why="Stock recovered.")
    return opened, acknowledged, dismissed, resolved


# The list


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize(("tab", "queries"), [("acknowledged", 5), ("history", 4)])
def test_list_costs_the_same_for_any_number_of_alerts(
    as_staff, staff, tab, queries, count, django_assert_num_queries
):
    for alert in AlertFactory.create_batch(count):
        if tab == "history":
            services.dismiss_alert(alert=alert, by=staff)
        else:
            services.acknowledge_alert(alert=alert, by=staff)

    with django_assert_num_queries(queries):
        response = as_staff.get(url("list"), {"tab": tab})

    assert len(response.context["page_obj"]) == min(count, 25)


def test_list_shows_what_nobody_has_dealt_with_and_keeps_the_rest(as_staff, one_of_each):
    assert shown(as_staff.get(url("list"))) == {Status.OPEN}
    assert shown(as_staff.get(url("list"), {"tab": "acknowledged"})) == {Status.ACKNOWLEDGED}
    assert shown(as_staff.get(url("list"), {"tab": "history"})) == {Status.DISMISSED, Status.RESOLVED}
    assert shown(as_staff.get(url("list"), {"tab": "nonsense"})) == {Status.OPEN}


def test_one_number_of_open_alerts_stands_everywhere(as_staff, one_of_each):
    AlertFactory()

    page = as_staff.get(url("list"))

    counted = re.findall('<span class="count count--critical">([0-9]+)<', page.content.decode())
    assert counted == ["2"] * 4  # the sidebar, the bell, the tab and the phone's bar
    assert len(page.context["page_obj"]) == 2
    assert as_staff.get(reverse("dashboard")).context["numbers"]["alerts"].count == 2


def test_history_says_who_settled_it_and_why(as_staff, one_of_each):
    page = as_staff.get(url("list"), {"tab": "history"}).content.decode()

    assert "Dismissed by Sara Staff" in page
    assert "Ordered already" in page
    assert "Stock recovered." in page


@pytest.mark.parametrize(
    ("severity", "word"),
    [
        (Alert.Severity.INFO, "Information"),
        (Alert.Severity.WARNING, "Warning"),
        (Alert.Severity.CRITICAL, "Critical"),
    ],
)
def test_list_says_how_bad_it_is_and_where_to_act(as_staff, severity, word):
    alert = AlertFactory(title="Low stock: Gloves", detail="3 left", url="/inventory/7/", severity=severity)
    for _ in range(2):
        services.raise_alert(kind=alert.kind, source_key=alert.source_key, title=alert.title, url=alert.url)

    page = as_staff.get(url("list")).content.decode()

    assert f"</svg>{word}</span>" in page or word == "Information"
    assert "Low stock: Gloves" in page
    assert "Seen" not in page
    assert 'href="/inventory/7/"' in page


@pytest.mark.parametrize(
    ("kind", "to", "words"),
    [
        (Alert.Kind.LOW_STOCK, "/inventory/7/", "See the item"),
        (Alert.Kind.REQUEST, "/bookings/7/", "See the visit"),
        (Alert.Kind.FORM_OVERDUE, "/bookings/7/", "See the visit"),
        (Alert.Kind.CANCEL_WORD, "/bookings/7/", "See the visit"),
        (Alert.Kind.COMPLAINT, "/contacts/7/", "See the contact"),
        (Alert.Kind.UNANSWERED, "/messages/7/", "See the conversation"),
    ],
)
def test_list_says_what_the_place_to_act_is(as_staff, kind, to, words):
    AlertFactory(kind=kind, url=to)

    page = as_staff.get(url("list")).content.decode()

    assert words in page
    assert "See the outbox" not in page


def test_history_goes_on_where_the_page_ends_and_the_newest_comes_first(as_staff, staff):
    alerts = AlertFactory.create_batch(27)
    at = timezone.now()
    for number, alert in enumerate(alerts):  # two of each second, also where the page ends
        services.dismiss_alert(alert=alert, by=staff)
        Alert.objects.filter(pk=alert.pk).update(
            last_seen_at=at + datetime.timedelta(seconds=(number + 1) // 2)
        )

    first = as_staff.get(url("list"), {"tab": "history"}).context["page_obj"]
    second = as_staff.get(url("list") + first.next_query).context["page_obj"]

    assert [*first, *second] == alerts[::-1]


def test_list_begins_with_what_is_worst_and_then_with_what_waits_longest(as_staff):
    at = timezone.now()
    grades = [Alert.Severity.INFO, *[Alert.Severity.WARNING] * 25, Alert.Severity.CRITICAL]
    alerts = [AlertFactory(severity=grade) for grade in grades]
    for number, alert in enumerate(alerts):
        Alert.objects.filter(pk=alert.pk).update(first_seen_at=at - datetime.timedelta(seconds=number // 2))

    first = as_staff.get(url("list")).context["page_obj"]
    second = as_staff.get(url("list"), {"page": 2}).context["page_obj"]

    info, *warnings, critical = alerts
    assert [*first, *second] == [critical, *sorted(warnings, key=_longest), info]


def _longest(alert: Alert):
    alert.refresh_from_db()
    return alert.first_seen_at, alert.pk


@pytest.mark.parametrize("position", ["abc", "2026-01-01~1", "0001-01-01T00:00:00+00:00~1", "~", "1"])
def test_a_position_that_cannot_be_is_not_found(as_staff, position):
    assert as_staff.get(url("list"), {"tab": "history", "after": position}).status_code == 404


@pytest.mark.parametrize(("tab", "words"), [("", "All is well"), ("history", "No history yet")])
def test_an_empty_list_says_what_it_is_for(as_staff, tab, words):
    assert words in as_staff.get(url("list"), {"tab": tab}).content.decode()


# The badge


@pytest.mark.parametrize("count", [0, 3])
def test_count_is_a_fragment_for_the_badge(as_staff, count, django_assert_num_queries):
    AlertFactory.create_batch(count)

    with django_assert_num_queries(3):
        response = as_staff.get(url("count"), headers={"Accept": "text/html, */*", "HX-Request": "true"})

    assert [template.name for template in response.templates] == ["_ui/alert_badge.html"]
    assert ('count--critical">3<' in response.content.decode()) is bool(count)


def test_count_is_json_for_those_who_ask_for_it(as_staff, one_of_each, django_assert_num_queries):
    with django_assert_num_queries(3):
        response = as_staff.get(url("count"), headers={"Accept": "application/json"})

    assert response.json() == {"count": 1}


@pytest.mark.parametrize(
    "accept", ["*/*", "", "image/png", "nonsense", "text/html;q=0.9,application/json;q=0.1"]
)
def test_count_is_the_fragment_in_every_other_case(as_staff, accept):
    response = as_staff.get(url("count"), headers={"Accept": accept})

    assert response.headers["Content-Type"].startswith("text/html")


# One alert


def test_detail_costs_four_queries(as_staff, one_of_each, django_assert_num_queries):
    with django_assert_num_queries(4):
        as_staff.get(one_of_each[2].get_absolute_url())


def test_detail_offers_to_act_and_to_settle(as_staff):
    alert = AlertFactory(url="/inventory/7/")

    page = as_staff.get(alert.get_absolute_url()).content.decode()

    assert 'href="/inventory/7/"' in page
    assert url("acknowledge", alert.pk) in page
    assert url("dismiss", alert.pk) in page


def test_detail_of_an_acknowledged_alert_offers_to_dismiss_it(as_staff, one_of_each):
    page = as_staff.get(one_of_each[1].get_absolute_url()).content.decode()

    assert url("acknowledge", one_of_each[1].pk) not in page
    assert url("dismiss", one_of_each[1].pk) in page


def test_detail_of_a_dismissed_alert_says_who_why_and_that_it_lasts(as_staff, one_of_each):
    page = as_staff.get(one_of_each[2].get_absolute_url()).content.decode()

    assert "by Sara Staff" in page
    assert "Ordered already" in page
    assert "The cause lasts." in page
    assert url("dismiss", one_of_each[2].pk) not in page


def test_detail_of_a_resolved_alert_says_what_ended_it(as_staff, one_of_each):
    page = as_staff.get(one_of_each[3].get_absolute_url()).content.decode()

    assert "by itself" in page
    assert "Stock recovered." in page


# Settling


@pytest.mark.parametrize(
    ("name", "status", "sentence"),
    [
        ("acknowledge", Status.ACKNOWLEDGED, "Acknowledged “Low stock: Gloves”."),
        ("dismiss", Status.DISMISSED, "Dismissed “Low stock: Gloves”."),
    ],
)
def test_settling_returns_to_the_list(as_staff, staff, name, status, sentence):
    alert = AlertFactory(title="Low stock: Gloves")

    response = as_staff.post(url(name, alert.pk))

    alert.refresh_from_db()
    assert (alert.status, alert.settled_by) == (status, staff)
    assert response.url == url("list")
    assert said(response) == [("success", sentence)]


@pytest.mark.parametrize(("name", "word"), [("acknowledge", "Acknowledged"), ("dismiss", "Dismissed")])
def test_settling_by_htmx_answers_with_the_row_as_it_is_now(as_staff, name, word):
    alert = AlertFactory()

    response = as_staff.post(url(name, alert.pk), **HTMX)

    row = response.content.decode()
    assert response.status_code == 200
    assert response.headers["HX-Trigger"] == '{"alerts-changed": {}}'
    assert row.strip().startswith("<li")
    assert f"{word} by Sara Staff" in row
    assert url(name, alert.pk) not in row
    assert said(response) == []


def test_dismissing_keeps_the_reason(as_staff):
    alert = AlertFactory()

    as_staff.post(url("dismiss", alert.pk), {"why": " Ordered \u202ealready\x00 "})

    alert.refresh_from_db()
    assert alert.settled_why == "Ordered already"


def test_a_reason_that_cannot_be_kept_is_a_form_error(as_staff):
    alert = AlertFactory()

    response = as_staff.post(url("dismiss", alert.pk), {"why": "x" * 201})

    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["why"]
    alert.refresh_from_db()
    assert alert.status == Status.OPEN


@pytest.mark.parametrize("name", ["acknowledge", "dismiss"])
@pytest.mark.parametrize("which", [2, 3])
def test_what_is_settled_already_is_said(as_admin, one_of_each, name, which):
    alert = one_of_each[which]
    before, audited = Alert.objects.values().get(pk=alert.pk), AuditEntry.objects.count()

    response = as_admin.post(url(name, alert.pk))
    by_htmx = as_admin.post(url(name, alert.pk), **HTMX)

    word = ["dismissed", "resolved"][which - 2]
    assert response.url == url("list")
    assert said(response) == [("error", f"“{alert}” is {word} already.")]
    assert f"is {word} already." in by_htmx.content.decode()
    assert Alert.objects.values().get(pk=alert.pk) == before
    assert AuditEntry.objects.count() == audited


@pytest.mark.parametrize("name", ["acknowledge", "dismiss"])
def test_settling_needs_a_post_and_the_permission(as_staff, staff, name):
    alert = AlertFactory()

    assert as_staff.get(url(name, alert.pk)).status_code == 405
    assert as_staff.post(url(name, 404)).status_code == 404
    staff.groups.clear()
    assert as_staff.post(url(name, alert.pk)).status_code == 403
    assert Client().post(url(name, alert.pk)).status_code == 302

    alert.refresh_from_db()
    assert alert.status == Status.OPEN


def test_who_may_only_look_sees_no_buttons(as_staff, staff):
    alert = AlertFactory()
    group = staff.groups.get()
    group.permissions.remove(group.permissions.get(codename="change_alert"))

    for page in (url("list"), alert.get_absolute_url()):
        words = as_staff.get(page).content.decode()
        assert alert.title in words
        assert "/dismiss/" not in words
        assert "/acknowledge/" not in words


def test_django_admin_shows_alerts_and_changes_none(as_admin, one_of_each):
    alert = one_of_each[0]
    page = reverse("admin:alerts_alert_change", args=[alert.pk])

    assert as_admin.get(reverse("admin:alerts_alert_changelist"), {"q": alert.title}).status_code == 200
    assert as_admin.get(page).status_code == 200
    assert as_admin.post(page, {"status": "dismissed"}).status_code == 403
    assert as_admin.get(reverse("admin:alerts_alert_add")).status_code == 403
    assert as_admin.post(reverse("admin:alerts_alert_delete", args=[alert.pk])).status_code == 403

    alert.refresh_from_db()
    assert alert.status == Status.OPEN
