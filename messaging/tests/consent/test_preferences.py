"""The page on which the owner of an address decides what comes there."""

import pytest
from django.test import Client
from django.urls import reverse

from messaging.consent import customer_views
from messaging.models import Address, ConsentChange

pytestmark = pytest.mark.django_db


@pytest.fixture
def address():
    return Address.objects.create(channel="email", value="ada@client.example")


def url_of(address):
    return reverse("preferences", args=[address.token])


def test_it_shows_what_comes_and_to_whom_without_saying_the_address(client, address):
    response = client.get(url_of(address))

    assert response.status_code == 200
    assert "a•••@client.example" in response.text
    assert "ada@client.example" not in response.text
    assert response.text.count("You get this") == 2


@pytest.mark.parametrize(
    ("value", "channel", "shown"),
    [("+447911123456", "sms", "+44•••••56"), ("x@y.example", "email", "x•••@y.example")],
)
def test_an_address_is_masked(value, channel, shown):
    assert customer_views.masked(Address(channel=channel, value=value)) == shown


def test_looking_changes_nothing(client, address):
    for query in ("", "?wish=stop", "?List-Unsubscribe=One-Click"):
        client.get(url_of(address) + query)
        client.head(url_of(address) + query)

    address.refresh_from_db()
    assert address.state == "unknown"
    assert not ConsentChange.objects.exists()


def test_its_owner_stops_and_allows_with_evidence(client, address):
    stopped = client.post(url_of(address), {"wish": "stop"}, follow=True)
    assert stopped.text.count("Stopped") == 2

    allowed = client.post(url_of(address), {"wish": "allow"}, follow=True)
    assert allowed.text.count("You get this") == 2

    evidence = ConsentChange.objects.order_by("pk").values_list("state", "source", "words", "by")
    assert list(evidence) == [
        ("refused", "preferences", "Stop all emails", None),
        ("allowed", "preferences", "Send me all emails", None),
    ]


def test_one_click_of_a_mail_program_is_enough(address):
    stranger = Client(enforce_csrf_checks=True)

    response = stranger.post(
        url_of(address), "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )

    address.refresh_from_db()
    assert response.status_code == 200
    assert (
        address.wants_visits_only
    )  # it stands on mail that keeps in touch; reminders of visits are kept apart
    assert ConsentChange.objects.get().source == "unsubscribe"


def test_one_click_does_not_open_what_was_stopped_altogether(client, address):
    client.post(url_of(address), {"wish": "stop"})

    client.post(url_of(address), {"List-Unsubscribe": "One-Click"})

    address.refresh_from_db()
    assert address.is_refused
    assert ConsentChange.objects.count() == 1


def test_its_owner_keeps_only_what_is_about_visits(client, address):
    page = client.post(url_of(address), {"wish": "visits"}, follow=True)

    assert (page.text.count("You get this"), page.text.count("Stopped")) == (1, 1)
    assert ConsentChange.objects.get().words == "Only emails about my visits"


@pytest.mark.parametrize("data", [{}, {"wish": "everything"}, {"List-Unsubscribe": "No"}])
def test_any_other_post_changes_nothing(client, address, data):
    assert client.post(url_of(address), data).status_code == 302
    assert not ConsentChange.objects.exists()


@pytest.mark.parametrize("token", ["x", "a" * 24, "ä", "../admin", "%00"])
def test_a_token_that_nobody_has_leads_nowhere(client, address, token):
    for answer in (
        client.get(f"/preferences/{token}/"),
        client.post(f"/preferences/{token}/", {"wish": "stop"}),
    ):
        assert answer.status_code in {400, 404}
    assert not ConsentChange.objects.exists()


def test_nobody_keeps_the_page_or_learns_its_address(client, address):
    for response in (client.get(url_of(address)), client.get("/preferences/unknown/")):
        assert "no-store" in response["Cache-Control"]
        assert response["Referrer-Policy"] == "same-origin"
        assert "noindex" in response["X-Robots-Tag"]


def test_too_many_tries_rest_for_a_while(client, address, monkeypatch):
    monkeypatch.setattr(customer_views.PreferencesView, "pages_a_minute", 2)
    for _ in range(2):
        assert client.get(url_of(address)).status_code == 200

    response = client.post(url_of(address), {"wish": "stop"})

    assert response.status_code == 429
    assert "Wait a little" in response.text
    assert not ConsentChange.objects.exists()


def test_an_address_that_came_back_is_told_so(client, address):
    Address.objects.filter(pk=address.pk).update(bounced_at="2026-11-01T10:00Z")

    assert "came back" in client.get(url_of(address)).text
