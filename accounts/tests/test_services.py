import datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts import services
from accounts.models import AuditEntry, Business, User
from accounts.roles import ADMIN, STAFF
from accounts.tests.factories import UserFactory


def invitations():
    jobs = ProcrastinateJob.objects.filter(task_name="accounts.tasks.send_invitation")
    return [args["user_id"] for args in jobs.values_list("args", flat=True)]


def change(user, *, by, **values):
    now = {"name": user.name, "role": user.role, "is_active": user.is_active}
    return services.change_user(user=user, by=by, **(now | values))


# --- invite_user, create_user ---


@pytest.mark.django_db
def test_invite_user_adds_somebody_without_a_password_and_mails_a_link(
    admin, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        user = services.invite_user(email=" Ada@Example.COM ", name="Ada", role=STAFF, by=admin)

    user.refresh_from_db()
    assert (user.email, user.role, user.is_staff, user.is_invited) == ("ada@example.com", STAFF, False, True)
    assert invitations() == [user.pk]
    assert AuditEntry.objects.about(user).get().by == admin


@pytest.mark.django_db
def test_invite_user_lets_admins_into_django_admin(admin):
    assert services.invite_user(email="ada@example.com", name="Ada", role=ADMIN, by=admin).is_staff


@pytest.mark.django_db
def test_invite_user_refuses_an_address_that_is_taken(admin, staff, django_capture_on_commit_callbacks):
    with (
        django_capture_on_commit_callbacks(execute=True),
        pytest.raises(services.EmailTaken, match=r"signs in as sara@careops\.example"),
    ):
        services.invite_user(email="SARA@careops.example", name="Sara", role=ADMIN, by=admin)

    assert User.objects.count() == 2
    assert invitations() == []


@pytest.mark.django_db
def test_create_user_refuses_what_is_no_address():
    with pytest.raises(ValidationError):
        services.create_user(email="ada at home", name="Ada", role=ADMIN, password=None, by=None)

    assert not User.objects.exists()


# --- invite_again ---


@pytest.mark.django_db
def test_invite_again_mails_another_link(admin, django_capture_on_commit_callbacks):
    user = services.invite_user(email="ada@example.com", name="Ada", role=STAFF, by=admin)

    with django_capture_on_commit_callbacks(execute=True):
        services.invite_again(user=user, by=admin)

    assert invitations() == [user.pk]
    assert AuditEntry.objects.about(user).first().action == "user.invited_again"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("is_active", "words"), [(True, "has chosen a password"), (False, "no longer works")]
)
def test_invite_again_refuses_who_has_a_password_or_left(
    is_active, words, admin, staff, django_capture_on_commit_callbacks
):
    change(staff, is_active=is_active, by=admin)
    before = AuditEntry.objects.count()

    with (
        django_capture_on_commit_callbacks(execute=True),
        pytest.raises(services.NothingToInvite, match=words),
    ):
        services.invite_again(user=staff, by=admin)

    assert invitations() == []
    assert AuditEntry.objects.count() == before


# --- change_user ---


@pytest.mark.django_db
def test_change_user_moves_somebody_to_another_role(admin, staff):
    change(staff, name="Sara Smith", role=ADMIN, by=admin)

    staff = User.objects.get(pk=staff.pk)
    assert (staff.name, staff.role, staff.is_staff) == ("Sara Smith", ADMIN, True)
    assert AuditEntry.objects.about(staff).first().changes == {
        "name": ["Sara Staff", "Sara Smith"],
        "role": [STAFF, ADMIN],
        "is_staff": [False, True],
    }


@pytest.mark.django_db
def test_change_user_leaves_bookings_to_who_takes_them(admin, staff):
    change(staff, takes_bookings=False, by=admin)
    change(staff, name="Sara Smith", by=admin)

    staff.refresh_from_db()
    assert (staff.name, staff.takes_bookings) == ("Sara Smith", False)


@pytest.mark.django_db
def test_change_user_notes_nothing_where_nothing_changed(admin, staff):
    before = AuditEntry.objects.count()

    change(staff, by=admin)

    assert AuditEntry.objects.count() == before
    assert User.objects.get(pk=staff.pk).has_usable_password()


@pytest.mark.django_db
def test_change_user_takes_the_password_of_who_is_switched_off(admin, staff):
    link = services.password_link(staff)

    change(staff, is_active=False, by=admin)

    staff.refresh_from_db()
    assert not staff.is_active
    assert not staff.has_usable_password()
    assert services.password_link(staff) != link


@pytest.mark.django_db
def test_change_user_invites_who_comes_back(admin, staff, django_capture_on_commit_callbacks):
    change(staff, is_active=False, by=admin)

    with django_capture_on_commit_callbacks(execute=True):
        back = change(User.objects.get(pk=staff.pk), is_active=True, by=admin)

    assert back.is_invited
    assert invitations() == [staff.pk]


@pytest.mark.django_db
def test_change_user_refuses_a_name_that_is_empty(admin, staff):
    with pytest.raises(ValidationError):
        change(staff, name="", by=admin)

    assert User.objects.get(pk=staff.pk).name == "Sara Staff"


@pytest.mark.django_db
@pytest.mark.parametrize("values", [{"role": STAFF}, {"is_active": False}])
def test_change_user_keeps_the_last_admin(values, admin, staff):
    UserFactory(role=ADMIN, email="gone@careops.example")
    change(User.objects.get(email="gone@careops.example"), is_active=False, by=admin)
    before = AuditEntry.objects.count()

    with pytest.raises(services.LastAdmin, match="Amir Admin is the only admin"):
        change(admin, **values, by=admin)

    admin = User.objects.get(pk=admin.pk)
    assert (admin.role, admin.is_active, admin.is_staff) == (ADMIN, True, True)
    assert AuditEntry.objects.count() == before


@pytest.mark.django_db
def test_change_user_changes_staff_where_there_is_no_admin_at_all(staff):
    assert change(staff, name="Sara Smith", by=staff).name == "Sara Smith"


# --- the rest ---


@pytest.mark.django_db
def test_change_own_name_changes_the_name_only(staff):
    user = services.change_own_name(user=staff, name="Sara Smith")

    assert (user.name, user.role) == ("Sara Smith", STAFF)
    entry = AuditEntry.objects.about(staff).first()
    assert (entry.by, entry.changes) == (staff, {"name": ["Sara Staff", "Sara Smith"]})


@pytest.mark.django_db
def test_change_business_saves_and_records_what_changed(admin):
    services.change_business(name="Riverside", time_zone="Europe/Paris", by=admin)

    business = Business.objects.get()
    assert (business.name, business.zone.key) == ("Riverside", "Europe/Paris")
    assert AuditEntry.objects.about(business).get().changes["name"] == ["CareOps", "Riverside"]


@pytest.mark.django_db
def test_change_business_refuses_a_time_zone_that_does_not_exist(admin):
    with pytest.raises(ValidationError, match="Choose a time zone"):
        services.change_business(time_zone="Europe/Atlantis", by=admin)

    assert Business.objects.current().time_zone == "Europe/London"


@pytest.mark.django_db
def test_record_says_who_did_what_to_which_object(staff):
    entry = services.record(by=None, action="user.noticed", subject=staff)

    assert (entry.by, entry.subject_key, entry.subject) == (None, f"user:{staff.pk}", "Sara Staff")
    assert list(AuditEntry.objects.about(staff)[:1]) == [entry]


@pytest.mark.django_db
def test_changed_sets_what_differs_and_can_be_stored_as_json(staff, admin):
    class Thing:
        day, moment, price, owner, name = None, None, Decimal("1.50"), staff, "same"

    moment = datetime.datetime(2026, 3, 1, 9, tzinfo=datetime.UTC)
    thing = Thing()

    changes = services.changed(
        thing, day=moment.date(), moment=moment, price=Decimal("2"), owner=admin, name="same"
    )

    assert changes == {
        "day": [None, "2026-03-01"],
        "moment": [None, "2026-03-01T09:00:00+00:00"],
        "price": ["1.50", "2"],
        "owner": ["Sara Staff", "Amir Admin"],
    }
    assert (thing.price, thing.owner) == (Decimal("2"), admin)
    assert services.record(by=admin, action="thing.changed", subject=staff, changes=changes)


@pytest.mark.django_db
def test_a_new_role_is_there_before_the_first_sync():
    Group.objects.all().delete()

    user = services.create_user(email="ada@careops.example", name="Ada", role=ADMIN, password=None, by=None)

    assert user.role == ADMIN
