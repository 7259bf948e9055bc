"""What surrounds every page: its numbers are those of the lists they lead to, and everybody sees their own."""

import re

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import Business
from alerts.models import Alert
from alerts.services import dismiss_alert
from alerts.tests.factories import AlertFactory
from careops.frame import reading
from contacts.tests.factories import ContactFactory
from messaging.inbox.handling import close_conversation
from messaging.inbox.saying import record_incoming
from messaging.models import Conversation


def test_frame_counts_what_waits(db, staff):
    alerts = AlertFactory.create_batch(3)
    dismiss_alert(alert=alerts[0], by=staff)
    for contact in ContactFactory.create_batch(3):
        record_incoming(conversation=contact.conversation, body="Hello?", at=timezone.now())
    close_conversation(conversation=Conversation.objects.first(), by=staff, now=timezone.now())

    shown = reading.Frame.load()

    assert shown.open_alerts == Alert.objects.open().count() == 2
    assert shown.waiting == Conversation.objects.waiting().count() == 2


def test_frame_stops_counting(db):
    AlertFactory.create_batch(reading.MOST + 2)

    assert reading.Frame.load().open_alerts == reading.MOST


def test_frame_makes_do_without_a_business(db, django_assert_num_queries):
    assert reading.Frame.load().business.name == "CareOps"
    with django_assert_num_queries(1):
        reading.Frame.load()


# --- Pieces of the page ---


@pytest.mark.parametrize(
    ("here", "current"),
    [
        ("dashboard", ["Dashboard"]),
        ("bookings:edit", ["Bookings"]),
        ("bookings:diary", ["Calendar"]),
        ("bookings:diary_sheet", ["Calendar"]),
        ("messaging:conversation", ["Inbox"]),
        ("messaging:outbox", ["Outbox"]),
        ("messaging:message", ["Outbox"]),
        ("account_change_password", []),
    ],
)
def test_sidebar_marks_where_we_are(here, current):
    page = _sidebar(here=here)

    found = re.findall(r'aria-current="page".*?nav__label">(\w+)', page, re.DOTALL)
    assert found == current


def test_frame_shows_what_waits():
    page = _sidebar(waiting=12, open_alerts=100)

    assert 'class="count">12<' in page
    assert 'count--critical">99+<' in page


def test_bell_says_how_many_alerts_are_open_and_searches_have_names(as_staff):
    AlertFactory.create_batch(2)

    html = as_staff.get(reverse("contacts:list")).content.decode()

    bell = re.search(r'<a class="icon-button topbar__alerts"[^>]*>(.*?)</a>', html, re.DOTALL)
    words = " ".join(re.sub("<svg.*?</svg>|<[^>]*>", "", bell[1], flags=re.DOTALL).split())
    assert words == "Alerts 2 open"
    assert "aria-label" not in bell[0]
    assert re.findall(r'role="search"\s+aria-label="(.*?)"', html) == ["A person", "Contacts"]


def test_alert_badge_replaces_the_number_everywhere(as_staff):
    none_open = as_staff.get(reverse("alerts:count"), headers={"HX-Request": "true"}).content.decode()
    AlertFactory.create_batch(3)
    fragment = as_staff.get(reverse("alerts:count"), headers={"HX-Request": "true"}).content.decode()

    assert 'hx-swap-oob="innerHTML:.alert-count"' in fragment
    assert ">3<" in fragment
    assert "count--critical" not in none_open


def test_everybody_sees_the_frame_of_their_own(as_staff, as_admin, staff, admin):
    for_staff, for_admin, for_staff_again = (
        client.get(reverse("contacts:list")).content.decode() for client in (as_staff, as_admin, as_staff)
    )

    assert staff.email in for_staff
    assert admin.email not in for_staff
    assert admin.email in for_admin
    assert staff.email not in for_admin
    assert reverse("accounts:user_list") in for_admin
    assert reverse("accounts:user_list") not in for_staff
    assert without_tokens(for_staff) == without_tokens(for_staff_again)


def test_the_search_for_people_is_there_for_who_may_see_them(as_staff, staff):
    search = f'action="{reverse("contacts:list")}"'
    assert search in as_staff.get(reverse("accounts:profile")).content.decode()

    staff.groups.clear()
    page = as_staff.get(reverse("accounts:profile"))

    assert page.status_code == 200
    assert search not in page.content.decode()
    assert as_staff.get(reverse("contacts:list"), {"q": "ada"}).status_code == 403


def test_frame_shows_at_once_what_has_changed(as_staff, staff):
    page = reverse("contacts:list")
    as_staff.get(page)
    AlertFactory.create_batch(7)
    Business.objects.update(name="Ada & Daughters")
    staff.name = "Maya <b>Okafor</b>"
    staff.save()

    html = as_staff.get(page).content.decode()

    assert 'count--critical">7<' in html
    assert "Ada &amp; Daughters" in html
    assert "Maya &lt;b&gt;Okafor" in html


def test_frame_holds_no_token_of_anybody(as_staff):
    html = as_staff.get(reverse("contacts:list")).content.decode()

    assert html.count("csrfmiddlewaretoken") == 1  # of the one form that both buttons send
    assert html.count('form="sign-out"') == 2


def without_tokens(html: str) -> str:
    return re.sub(r'value="\w{64}"|x-csrftoken": "\w+"', "", html)


def _sidebar(*, here: str = "dashboard", waiting: int = 0, open_alerts: int = 0) -> str:
    """As somebody sees it on the page of the URL name `here`."""
    return render_to_string(
        "_ui/sidebar.html", {"here": here, "waiting": waiting, "open_alerts": open_alerts}
    )
