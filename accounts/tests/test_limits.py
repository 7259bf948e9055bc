"""Counters that nothing evicts, and guessers who lock nobody out."""

import datetime
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts import limits
from accounts.models import AuditEntry, Counter, User
from accounts.services import password_link
from accounts.tests.factories import UserFactory

NOW = datetime.datetime(2027, 3, 1, 9, 0, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
RIGHT = "the-right-password-of-sara"


def allow(who="ada", *, most=3, now=NOW):
    return limits.allow("try", who, most=most, within=MINUTE, now=now)


@pytest.mark.django_db
def test_so_many_may_be_and_then_anew_once_the_time_is_over():
    assert [allow() for _ in range(5)] == [True] * 3 + [False] * 2
    assert allow("ben"), "each is counted apart"
    assert not allow(now=NOW + MINUTE - datetime.timedelta(seconds=1))
    assert allow(now=NOW + MINUTE)


@pytest.mark.django_db
def test_what_is_taken_back_does_not_count():
    for _ in range(3):
        allow()
    limits.take_back("try", "ada")

    assert [allow(), allow()] == [True, False]


@pytest.mark.django_db
def test_only_counters_that_have_ended_are_forgotten():
    allow("old", now=NOW - MINUTE)
    allow("new")

    assert limits.forget_ended(now=NOW) == 1
    assert Counter.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_only_so_many_may_be():
    def one(_):
        try:
            return allow(most=7)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(one, range(40))) == 7


@pytest.fixture
def sara(db):
    user = UserFactory(email="sara@careops.example")
    user.set_password(RIGHT)
    user.save()
    return user


def sign_in(browser, password, **headers):
    where = {"login": "Sara@careops.example", "password": password}
    return browser.post(reverse("account_login"), where, **headers)


def guess(times, *, start=0):
    """Wrong passwords, each from another address and to another port."""
    for number in range(start, start + times):
        where = {"REMOTE_ADDR": f"10.0.{number // 250}.{number % 250}", "HTTP_HOST": f"testserver:{number}"}
        sign_in(Client(), f"guess {number}", **where)


def test_an_account_is_guessed_at_no_more_than_a_few_times_whatever_the_address_and_host(
    sara, settings, monkeypatch
):
    settings.ALLOWED_HOSTS = ["*"]
    hashed = []
    monkeypatch.setattr(
        "accounts.models.User.check_password", lambda self, raw: hashed.append(raw) or raw == RIGHT
    )

    guess(60)

    assert len(hashed) <= 5
    assert sign_in(Client(), RIGHT).status_code == 200, (
        "a stranger with the right password has to wait as well"
    )


def test_the_owner_still_gets_in_from_a_device_of_theirs(sara):
    device = Client()
    assert sign_in(device, RIGHT).status_code == 302
    device.post(reverse("account_logout"))

    guess(10)

    assert sign_in(device, RIGHT).status_code == 302


def test_a_device_does_not_guess_for_ever_either(sara):
    device = Client()
    sign_in(device, RIGHT)
    device.post(reverse("account_logout"))

    for number in range(5):
        sign_in(device, f"guess {number}")

    assert sign_in(device, RIGHT).status_code == 200


def test_a_new_password_by_mail_is_a_way_in(sara, client):
    guess(10)
    client.post(reverse("account_reset_password"), {"email": sara.email})
    set_new_password(sara, client)

    assert sign_in(Client(), "another-good-password-1").status_code == 302


def set_new_password(user, client):
    """As whoever opens the link in the mail does."""
    path = password_link(user).partition("://")[2].partition("/")[2]
    page = client.get(f"/{path}", follow=True)
    new = {"password1": "another-good-password-1", "password2": "another-good-password-1"}
    assert client.post(page.redirect_chain[-1][0], new).status_code == 302


def test_a_session_guesses_its_password_no_more_than_a_few_times_by_whatever_page(sara):
    browser = Client()
    sign_in(browser, RIGHT)
    new = {"password1": "another-good-password-1", "password2": "another-good-password-1"}
    page = browser.get("/admin/password_change/").url
    assert browser.post("/admin/password_change/", {"oldpassword": RIGHT} | new).url == page

    for number in range(5):
        assert browser.post(page, {"oldpassword": f"guess {number}"} | new).status_code == 200
    for number in range(310):  # as many strangers at other pages
        cache.set(f"allauth:rl:allauth.account:reset_password:{number}", [], 60)

    assert browser.post(page, {"oldpassword": RIGHT} | new).status_code == 429
    assert User.objects.get(pk=sara.pk).check_password(RIGHT)


def test_after_the_while_a_stranger_may_try_again(sara):
    with time_machine.travel(NOW, tick=False) as clock:
        guess(5)
        assert sign_in(Client(), RIGHT).status_code == 200
        clock.shift(datetime.timedelta(minutes=5))
        assert sign_in(Client(), RIGHT).status_code == 302


def test_signing_in_and_guessing_are_records(sara):
    sign_in(Client(), "wrong")
    guess(5)
    device = Client()
    with time_machine.travel(datetime.datetime.now(datetime.UTC) + 6 * MINUTE):
        sign_in(device, RIGHT)

    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions.count("user.sign_in_failed") == 5
    assert "user.locked" in actions
    assert actions[-1] == "user.signed_in"


def test_a_person_gets_only_so_many_mails_a_day(sara, client):
    for number in range(8):
        client.post(reverse("account_reset_password"), {"email": sara.email}, REMOTE_ADDR=f"10.1.1.{number}")

    jobs = ProcrastinateJob.objects.filter(task_name="accounts.tasks.send_password_reset")
    assert jobs.count() == 5
