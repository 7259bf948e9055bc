"""Forms that cannot show where they came from: refused with the truth, and nothing typed is lost."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Business
from contacts.models import Contact

FORM = {"name": "Ada Lovelace", "email": "ada@client.example", "message": "Do you have a time?"}


@pytest.fixture
def stranger(db):
    Business.objects.current()
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def path():
    return reverse("contact_page")


def test_a_browser_without_cookies_is_told_so(stranger, path):
    page = stranger.post(path, FORM)

    assert page.status_code == 403
    assert b"keeps no cookies" in page.content
    assert b"Do you have a time?" in page.content
    assert not Contact.objects.exists()


def test_a_page_that_was_open_for_too_long_gives_back_what_was_typed_with_a_button(stranger, path):
    stranger.get(path)

    page = stranger.post(path, FORM | {"csrfmiddlewaretoken": "x" * 64})
    words = page.content.decode()

    assert page.status_code == 403
    assert "open for too long" in words
    assert 'name="message" value="Do you have a time?"' in words
    assert "Send it again" in words
    assert not Contact.objects.exists()


def test_what_somebody_signed_in_typed_is_shown_and_not_sent(as_staff, staff, db):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(staff, backend="accounts.backends.RoleBackend")
    browser.cookies["csrftoken"] = "y" * 32

    page = browser.post(reverse("contacts:create"), {"name": "Ada <b>", "csrfmiddlewaretoken": "x" * 32})
    words = page.content.decode()

    assert page.status_code == 403
    assert "Ada &lt;b&gt;" in words
    assert "Send it again" not in words


@pytest.mark.parametrize(("referer", "status"), [(None, 200), ("https://evil.example/", 403)])
def test_over_https_a_missing_referer_is_no_reason_and_a_strange_one_is(stranger, path, referer, status):
    stranger.get(path, secure=True)
    token = stranger.cookies["csrftoken"].value
    headers = {"referer": referer} if referer else {}

    page = stranger.post(path, {"csrfmiddlewaretoken": token}, secure=True, headers=headers)

    assert page.status_code == status, "the form itself is incomplete, which is said on its page"
