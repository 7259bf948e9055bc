"""Two people, one moment: real threads on a real database."""

import threading

import pytest
from django.db import connection, transaction

from accounts import services
from accounts.models import User
from accounts.roles import ADMIN, STAFF
from accounts.tests.factories import UserFactory


def at_once(*calls):
    """What became of each call, all started at the same moment: done, or the name of the refusal."""
    outcomes, gate = [], threading.Barrier(len(calls))

    def run(call):
        try:
            gate.wait(timeout=10)
            call()
            outcomes.append("done")
        except Exception as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return outcomes


@pytest.mark.django_db(transaction=True)
def test_create_user_refuses_the_slower_of_two_with_the_same_address():
    outcomes = at_once(
        lambda: services.create_user(email="ada@example.com", name="Ada", role=STAFF, password=None, by=None),
        lambda: services.create_user(email="ada@example.com", name="Ada", role=STAFF, password=None, by=None),
    )

    assert sorted(outcomes) == ["EmailTaken", "done"]
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("values", [{"role": STAFF}, {"is_active": False}])
@pytest.mark.parametrize("attempt", range(3))
def test_change_user_leaves_one_of_two_admins_who_turn_on_each_other(values, attempt):
    ada, bob = UserFactory(role=ADMIN), UserFactory(role=ADMIN)

    def change(user, *, by):
        now = {"name": user.name, "role": ADMIN, "is_active": True}
        services.change_user(user=user, by=by, **(now | values))

    outcomes = at_once(lambda: change(bob, by=ada), lambda: change(ada, by=bob))

    assert sorted(outcomes) == ["LastAdmin", "done"]
    assert User.objects.admins().count() == 1


@pytest.mark.django_db(transaction=True)
def test_invite_refuses_an_address_that_is_taken_while_the_form_is_read(as_admin):
    inserted, go_on = threading.Event(), threading.Event()

    def rival():
        with transaction.atomic():
            UserFactory(email="ada@example.com")
            inserted.set()
            go_on.wait(timeout=10)
        connection.close()

    thread = threading.Thread(target=rival)
    thread.start()
    inserted.wait(timeout=10)
    threading.Timer(0.5, go_on.set).start()  # by then the page waits for the rival's row

    page = as_admin.post(
        "/accounts/users/invite/", {"name": "Ada", "email": "ada@example.com", "role": STAFF}
    )
    thread.join(timeout=10)

    assert page.status_code == 409
    assert page.context["form"].errors["email"] == ["Someone already signs in as ada@example.com."]
    assert User.objects.filter(email="ada@example.com").count() == 1
