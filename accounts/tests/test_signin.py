"""How people come in and are kept out: mostly allauth's work, held to what CareOps promises."""

import re
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.hashers import get_hasher
from django.core import mail
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts import services, tasks
from accounts.models import User
from accounts.tests.factories import UserFactory

LOGIN = "/accounts/login/"
PROFILE = "/accounts/profile/"
RESET = "/accounts/password/reset/"
GOOD, NEW = "a long enough password", "quite another password"
MISMATCH = "That email address and password do not belong together."


def sign_in(browser, *, email="sara@careops.example", password=GOOD, **extra):
    return browser.post(LOGIN, {"login": email, "password": password, **extra})


def refusal(page):
    assert page.status_code == 200
    return page.context["form"].non_field_errors()[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "email", ["sara@careops.example", " Sara@CareOps.example ", "\u202asara@careops.example\u200b"]
)
def test_the_right_password_lets_in(email, staff, client):
    page = sign_in(client, email=email)

    assert page.url == reverse("bookings:diary")
    assert client.get(PROFILE).status_code == 200
    assert User.objects.get(pk=staff.pk).last_login


@pytest.mark.django_db
def test_a_wrong_password_and_an_unknown_address_are_refused_alike(staff, client):
    wrong = sign_in(client, password="not this one at all")
    unknown = sign_in(client, email="nobody@careops.example")

    assert refusal(wrong) == refusal(unknown) == MISMATCH
    assert client.get(PROFILE).status_code == 302


@pytest.mark.django_db
def test_the_sixth_try_is_refused_even_with_the_right_password(staff, client):
    for _ in range(5):
        sign_in(client, password="not this one at all")

    page = sign_in(client)

    assert refusal(page) == "Too many wrong passwords. Wait five minutes, or choose a new password by mail."
    assert client.get(PROFILE).status_code == 302


@pytest.mark.django_db
def test_guessing_at_one_person_does_not_lock_out_the_others(staff, admin, client):
    for _ in range(6):
        sign_in(client, password="not this one at all")

    assert sign_in(client, email=admin.email).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["", GOOD])
def test_who_was_invited_cannot_sign_in_without_choosing_a_password(password, client):
    user = services.invite_user(email="ada@example.com", name="Ada", role="Staff", by=None)

    page = sign_in(client, email=user.email, password=password)

    assert page.status_code == 200
    assert client.get(PROFILE).status_code == 302


@pytest.mark.django_db
def test_who_was_switched_off_is_not_let_in(staff, admin, client):
    services.change_user(user=staff, name=staff.name, role=staff.role, is_active=False, by=admin)

    assert refusal(sign_in(client)) == MISMATCH
    assert client.get(PROFILE).status_code == 302


@pytest.mark.django_db
def test_nobody_signs_themselves_up(client):
    page = client.get("/accounts/signup/")
    client.post("/accounts/signup/", {"email": "eve@example.com", "password1": GOOD, "password2": GOOD})

    assert "account/signup_closed.html" in [template.name for template in page.templates]
    assert not User.objects.exists()


@pytest.mark.django_db
def test_admins_begin_with_the_whole_and_the_desk_with_its_day(staff, admin, client):
    assert sign_in(client, email=staff.email).url == reverse("bookings:diary")
    assert sign_in(Client(), email=admin.email).url == reverse("dashboard")


@pytest.mark.django_db
def test_signing_in_leads_to_what_was_asked_for(staff, client):
    assert sign_in(client, next=PROFILE).url == PROFILE


@pytest.mark.django_db
def test_somebody_without_a_role_begins_with_the_dashboard(staff, client):
    staff.groups.clear()

    assert sign_in(client).url == reverse("dashboard")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "place", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_signing_in_leads_to_no_other_site(place, staff, client):
    page = client.post(f"{LOGIN}?next={place}", {"login": staff.email, "password": GOOD, "next": place})

    assert page.url == reverse("bookings:diary")


@pytest.mark.django_db
def test_signing_in_leads_to_the_page_that_was_asked_for(staff, client):
    page = client.post(LOGIN, {"login": staff.email, "password": GOOD, "next": "/bookings/?q=1"})

    assert page.url == "/bookings/?q=1"


@pytest.mark.django_db
def test_signing_in_changes_the_name_of_the_session(staff, client):
    client.get(LOGIN)
    client.session["something"] = 1
    before = client.session.session_key

    sign_in(client)

    assert client.session.session_key != before


@pytest.mark.django_db
def test_a_new_password_keeps_this_session_and_ends_the_others(staff):
    here, elsewhere = Client(), Client()
    sign_in(here)
    sign_in(elsewhere)

    here.post("/accounts/password/change/", {"oldpassword": GOOD, "password1": NEW, "password2": NEW})

    assert User.objects.get(pk=staff.pk).check_password(NEW)
    assert here.get(PROFILE).status_code == 200
    assert elsewhere.get(PROFILE).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed",
    [
        {"oldpassword": "wrong", "password1": NEW, "password2": NEW},
        {"oldpassword": GOOD, "password1": "short", "password2": "short"},
        {"oldpassword": GOOD, "password1": "password1234", "password2": "password1234"},
        {"oldpassword": GOOD, "password1": "sara@careops.example", "password2": "sara@careops.example"},
        {"oldpassword": GOOD, "password1": NEW, "password2": "something else entirely"},
    ],
)
def test_a_bad_new_password_is_refused(typed, staff, client):
    sign_in(client)

    page = client.post("/accounts/password/change/", typed)

    assert page.context["form"].errors
    assert User.objects.get(pk=staff.pk).check_password(GOOD)


@pytest.mark.django_db
def test_asking_for_a_new_password_answers_alike_for_known_and_unknown_addresses(staff, client):
    known = client.post(RESET, {"email": staff.email})
    unknown = client.post(RESET, {"email": "nobody@careops.example"})

    assert known.status_code == unknown.status_code == 302
    assert known.url == unknown.url == "/accounts/password/reset/done/"
    assert [job.args for job in ProcrastinateJob.objects.all()] == [{"user_id": staff.pk}]
    assert mail.outbox == []


@pytest.mark.django_db
def test_who_lost_the_invitation_can_ask_for_a_link(client):
    user = services.invite_user(email="ada@example.com", name="Ada", role="Staff", by=None)

    client.post(RESET, {"email": user.email})

    assert ProcrastinateJob.objects.get(task_name="accounts.tasks.send_password_reset").args == {
        "user_id": user.pk
    }


@pytest.mark.django_db
def test_nobody_who_was_switched_off_gets_a_link(staff, admin, client):
    services.change_user(user=staff, name=staff.name, role=staff.role, is_active=False, by=admin)

    client.post(RESET, {"email": staff.email})
    for job in ProcrastinateJob.objects.all():
        tasks.send_password_reset(**job.args)

    assert mail.outbox == []


@pytest.mark.django_db
@pytest.mark.parametrize("task", [tasks.send_password_reset, tasks.send_invitation])
def test_the_link_in_the_mail_lets_choose_a_password_and_ends_old_sessions(task, staff, as_staff, client):
    task(user_id=staff.pk)
    path = re.search(r"http://127.0.0.1:8000(/accounts/\S+)", mail.outbox[0].body)[1]

    page = client.get(path)
    client.post(page.url, {"password1": NEW, "password2": NEW})

    assert mail.outbox[0].to == [staff.email]
    assert User.objects.get(pk=staff.pk).check_password(NEW)
    assert as_staff.get(PROFILE).status_code == 302
    assert sign_in(client, password=NEW).url == reverse("bookings:diary")


@pytest.mark.django_db
def test_a_link_of_somebody_switched_off_since_lets_nobody_in(staff, admin, client):
    link = services.password_link(staff)
    services.change_user(user=staff, name=staff.name, role=staff.role, is_active=False, by=admin)
    services.change_user(user=staff, name=staff.name, role=staff.role, is_active=True, by=admin)

    page = client.get(link.removeprefix("http://127.0.0.1:8000"))

    assert page.context["token_fail"]


def test_passwords_are_kept_as_argon2():
    """In the settings proper: the tests have a quicker hasher."""
    code = "from careops import settings; print(settings.PASSWORD_HASHERS[0])"
    environment = {"DATABASE_URL": "postgres://nobody@localhost/nothing", "PATH": ""}

    printed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=django_settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()

    assert printed == "django.contrib.auth.hashers.Argon2PasswordHasher"
    assert get_hasher("default").algorithm != "argon2"  # so that the line above says something of its own


@pytest.mark.django_db
def test_people_of_the_factory_sign_in(client):
    user = UserFactory()

    assert sign_in(client, email=user.email).status_code == 302
