import re

import pytest
from django.core import mail
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import Business
from accounts.roles import STAFF
from accounts.services import invite_user
from accounts.tasks import send_invitation, send_password_reset

RESET = "/accounts/password/reset/"
NEW_PASSWORD = "as long as it takes"


def jobs() -> list[tuple[str, dict]]:
    return list(ProcrastinateJob.objects.order_by("pk").values_list("task_name", "args"))


def link_in(email) -> str:
    [link] = re.findall(r"http://127.0.0.1:8000(/\S+)", email.body)
    return link


def choose_password(client, link: str):
    """Open a link as its receiver does, and choose a password."""
    form = client.get(link, follow=True)
    return client.post(form.request["PATH_INFO"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})


@pytest.mark.django_db
def test_asking_for_a_new_password_leads_to_a_mail_with_a_link_that_works_once(client, staff):
    client.post(RESET, {"email": staff.email})
    assert mail.outbox == []
    assert jobs() == [("accounts.tasks.send_password_reset", {"user_id": staff.pk})]

    send_password_reset(**jobs()[0][1])

    [email] = mail.outbox
    assert email.to == [staff.email]
    assert email.from_email == f"{Business.objects.current().name} <careops@localhost>"
    assert email.subject
    assert choose_password(client, link_in(email)).status_code == 302
    staff.refresh_from_db()
    assert staff.check_password(NEW_PASSWORD)
    assert "password1" not in client.get(link_in(email), follow=True).content.decode()
    client.logout()
    client.post("/accounts/login/", {"login": staff.email, "password": NEW_PASSWORD})
    assert client.session["_auth_user_id"] == str(staff.pk)


@pytest.mark.django_db
def test_an_unknown_address_is_answered_alike_and_gets_nothing(client, staff):
    known = client.post(RESET, {"email": staff.email})
    ProcrastinateJob.objects.all()
    before = jobs()
    unknown = client.post(RESET, {"email": "nobody@careops.example"})

    assert (unknown.status_code, unknown["Location"]) == (known.status_code, known["Location"])
    assert jobs() == before


@pytest.mark.django_db
def test_an_invitation_lets_a_person_choose_the_first_password(
    client, admin, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        user = invite_user(email="new@careops.example", name="Nia New", role=STAFF, by=admin)
    assert jobs() == [("accounts.tasks.send_invitation", {"user_id": user.pk})]

    send_invitation(**jobs()[0][1])

    [email] = mail.outbox
    assert email.to == ["new@careops.example"]
    assert choose_password(client, link_in(email)).status_code == 302
    user.refresh_from_db()
    assert user.check_password(NEW_PASSWORD)


@pytest.mark.django_db
@pytest.mark.parametrize("gone", ["switched off", "deleted"])
def test_who_left_before_the_mail_did_gets_none(staff, gone):
    if gone == "deleted":
        staff.delete()
    else:
        type(staff).objects.filter(pk=staff.pk).update(is_active=False)

    send_password_reset(user_id=staff.pk or 1)

    assert mail.outbox == []
