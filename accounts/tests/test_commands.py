import io
import sys
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import User
from accounts.roles import ADMIN

GOOD = "a long enough password"


class Keyboard(io.StringIO):
    """A terminal where somebody types."""

    def isatty(self):
        return True


def create_admin(*options, email="ada@example.com", name="Ada King"):
    out = io.StringIO()
    call_command("create_admin", email, "--name", name, *options, stdout=out)
    return out.getvalue()


def type_passwords(monkeypatch, *passwords):
    answers = iter(passwords)
    monkeypatch.setattr(sys, "stdin", Keyboard())
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))


@pytest.mark.django_db
def test_create_admin_asks_for_the_password_twice(monkeypatch):
    type_passwords(monkeypatch, GOOD, GOOD)

    words = create_admin()

    user = User.objects.get()
    assert words == "Added Ada King. They can sign in now.\n"
    assert (user.email, user.role, user.is_staff, user.is_superuser) == (
        "ada@example.com",
        ADMIN,
        True,
        False,
    )
    assert user.check_password(GOOD)


@pytest.mark.django_db
def test_create_admin_refuses_two_passwords_that_differ(monkeypatch):
    type_passwords(monkeypatch, GOOD, "another good password")

    with pytest.raises(CommandError, match="differ"):
        create_admin()

    assert not User.objects.exists()


@pytest.mark.django_db
def test_create_admin_reads_the_password_from_a_pipe(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{GOOD}\n"))

    create_admin("--password-stdin")

    assert User.objects.get().check_password(GOOD)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("password", "words"),
    [("", "short"), ("ada", "short"), ("password1234", "common"), ("ada@example.com", "similar")],
)
def test_create_admin_refuses_a_weak_password(password, words, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))

    with pytest.raises(CommandError, match=words):
        create_admin("--password-stdin")

    assert not User.objects.exists()


@pytest.mark.django_db
def test_create_admin_prints_a_link_where_nobody_can_be_asked(monkeypatch, client, settings):
    settings.ALLOWED_ORIGINS = ["https://careops.example", "https://other.example"]
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    link = create_admin().splitlines()[-1]

    assert link.startswith("https://careops.example/accounts/password/reset/key/")
    choose_password(client, link)
    assert User.objects.get().check_password(GOOD)
    assert client.post(reverse("account_login"), {"login": "ada@example.com", "password": GOOD}).url == "/"


@pytest.mark.django_db
def test_the_printed_link_works_once(monkeypatch, client):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    link = create_admin().splitlines()[-1]
    choose_password(client, link)

    page = client.get(urlsplit(link).path)

    assert page.context["token_fail"]


def choose_password(client, link):
    page = client.get(urlsplit(link).path)
    client.post(page.url, {"password1": GOOD, "password2": GOOD})


@pytest.mark.django_db
def test_create_admin_refuses_an_address_that_is_taken(staff, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    with pytest.raises(CommandError, match=r"^Someone already signs in as sara@careops\.example\.$"):
        create_admin(email="Sara@careops.example")

    assert list(User.objects.all()) == [staff]
    assert User.objects.get().role != ADMIN


@pytest.mark.django_db
@pytest.mark.parametrize(("email", "name"), [("not-an-address", "Ada"), ("ada@example.com", " ")])
def test_create_admin_refuses_what_is_no_address_or_name(email, name, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    with pytest.raises(CommandError):
        create_admin(email=email, name=name)

    assert not User.objects.exists()


@pytest.mark.django_db
def test_createsuperuser_points_to_create_admin():
    with pytest.raises(CommandError, match="create_admin EMAIL --name NAME"):
        call_command("createsuperuser")

    assert not User.objects.exists()
