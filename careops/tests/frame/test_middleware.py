"""What every answer carries, and what no request may send."""

import datetime

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.services import change_business
from bookings.tests.factories import BookingFactory
from careops.wsgi import application


def test_every_page_carries_the_content_security_policy(as_staff, client):
    for response in [
        client.get(reverse("account_login")),
        as_staff.get(reverse("dashboard")),
        client.get("/nowhere/"),
    ]:
        policy = response.headers["Content-Security-Policy"]

        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["X-Frame-Options"] == "DENY"


def test_a_request_has_an_id(client):
    given = client.get("/healthz", headers={"X-Request-ID": "from-the-proxy-42"})
    made = client.get("/healthz", headers={"X-Request-ID": 'broken"\r\nid'})

    assert given.headers["X-Request-ID"] == "from-the-proxy-42"
    assert len(made.headers["X-Request-ID"]) == 32


@pytest.mark.parametrize("path", ["/contacts/?q=%00", "/contacts/%00/", "/contacts/?after=1%00"])
def test_a_nul_in_the_address_is_refused_in_words(as_staff, path):
    response = as_staff.get(path)

    assert response.status_code == 400
    assert b"That address cannot be read" in response.content


def test_a_missing_page_is_friendly(as_staff, client):
    for browser in (as_staff, client):
        response = browser.get("/nowhere/")

        assert response.status_code == 404
        assert b"There is nothing here" in response.content


def test_a_missing_csrf_token_is_explained():
    response = Client(enforce_csrf_checks=True).post(reverse("account_login"))

    assert response.status_code == 403
    assert b"nothing was saved" in response.content


def test_times_are_shown_in_the_zone_of_the_business(as_staff):
    change_business(by=None, time_zone="America/New_York")
    BookingFactory(starts_at=datetime.datetime(2099, 1, 5, 15, 0, tzinfo=datetime.UTC))

    response = as_staff.get(reverse("bookings:list"))

    assert b"10:00" in response.content
    assert b"15:00" not in response.content


def test_too_many_tries_are_refused_in_words(client, db):
    answers = [
        client.post(reverse("account_reset_password"), {"email": "ada@client.example"}) for _ in range(6)
    ]

    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert b"Too many tries" in answers[-1].content


def answer(path: str, kind: str, method: str = "GET") -> tuple[str, bytes]:
    """What the web server gets for a request with that content type: the status and the page."""
    said = {}
    environ = RequestFactory().generic(method, path, b"login=ada").environ | {"CONTENT_TYPE": kind}
    page = b"".join(application(environ, lambda status, headers: said.update(status=status)))
    return said["status"][:3], page


@pytest.mark.parametrize("charset", ["hex", "utf-7", "utf-16", "rot13", "idna", "base64", '"latin-1"'])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_not_written_in_utf_8_is_refused_in_words(db, method, charset):
    kind = f"application/x-www-form-urlencoded; charset={charset}"

    for path in ("/accounts/login/", "/book/?q=1", "/healthz"):
        status, page = answer(path, kind, method)

        assert (status, b"That address cannot be read" in page) == ("400", True)


@pytest.mark.parametrize(
    "parameter", ["charset*=UTF-8''hex", "charset*0=h; charset*1=ex", "charset=\0", "a*=klingon''%41"]
)
def test_a_content_type_that_nobody_can_read_is_refused_in_words(db, parameter):
    status, page = answer("/accounts/login/", f"text/plain; {parameter}", "POST")

    assert (status, b"That address cannot be read" in page) == ("400", True)


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", '"utf-8"', "klingon", ""])
def test_utf_8_by_any_name_is_read(db, charset):
    assert answer("/accounts/login/", f"text/plain; charset={charset}")[0] == "200"


def test_no_browser_keeps_the_page_of_somebody_signed_in(as_staff, client, db):
    assert as_staff.get(reverse("contacts:list")).headers["Cache-Control"] == "no-store, private"
