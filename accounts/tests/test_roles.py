import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from accounts import roles
from accounts.backends import RoleBackend
from accounts.models import User
from accounts.roles import ADMIN, PERMISSIONS, STAFF, STAFF_PERMISSIONS, WORDS, sync_roles


def permissions_of(role):
    rows = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rows}


@pytest.mark.django_db
def test_sync_roles_makes_the_groups_match_the_table():
    sync_roles()

    assert {role: permissions_of(role) for role in (ADMIN, STAFF)} == PERMISSIONS


@pytest.mark.django_db
def test_sync_roles_takes_away_what_is_not_in_the_table_and_changes_nothing_twice():
    sync_roles()
    Group.objects.get(name=STAFF).permissions.add(Permission.objects.get(codename="delete_contact"))

    sync_roles()
    call_command("sync_roles", verbosity=0)

    assert permissions_of(STAFF) == STAFF_PERMISSIONS
    assert Group.objects.count() == 2


@pytest.mark.django_db
def test_sync_roles_refuses_an_unknown_permission_and_changes_nothing(monkeypatch):
    sync_roles()
    # Staff comes first, and would have lost all its permissions by the time Admin is refused.
    monkeypatch.setattr(roles, "PERMISSIONS", {STAFF: set(), ADMIN: {"contacts.tickle_contact"}})

    with pytest.raises(LookupError, match=r"contacts\.tickle_contact"):
        sync_roles()

    assert permissions_of(STAFF) == STAFF_PERMISSIONS


def test_admins_can_do_whatever_staff_can():
    assert PERMISSIONS[STAFF] < PERMISSIONS[ADMIN]


def test_every_permission_with_words_is_one_of_a_role():
    assert WORDS.keys() <= PERMISSIONS[ADMIN]


@pytest.mark.django_db
def test_permissions_of_a_person_are_read_in_one_query(staff, django_assert_num_queries):
    staff = User.objects.get(pk=staff.pk)

    with django_assert_num_queries(1):
        answers = [staff.has_perm(name) for name in sorted(PERMISSIONS[ADMIN])]

    assert answers == [name in STAFF_PERMISSIONS for name in sorted(PERMISSIONS[ADMIN])]


@pytest.mark.django_db
def test_a_permission_granted_to_one_person_counts_besides_the_role(staff):
    staff.user_permissions.add(Permission.objects.get(codename="change_item"))

    assert User.objects.get(pk=staff.pk).has_perm("inventory.change_item")


@pytest.mark.django_db
def test_somebody_switched_off_may_do_nothing(admin):
    User.objects.filter(pk=admin.pk).update(is_active=False)

    assert User.objects.get(pk=admin.pk).get_all_permissions() == set()


# --- The person of a session ---


@pytest.mark.django_db
def test_a_person_comes_with_their_permissions_in_one_query(staff, django_assert_num_queries):
    staff.user_permissions.add(Permission.objects.get(codename="change_item"))

    with django_assert_num_queries(1):
        person = RoleBackend().get_user(staff.pk)
        allowed = person.get_all_permissions()

    assert person == staff
    assert not person.get_deferred_fields()
    assert allowed == STAFF_PERMISSIONS | {"inventory.change_item"}
    assert person.has_module_perms("contacts")


@pytest.mark.django_db
def test_somebody_without_a_role_comes_without_permissions():
    nobody = User.objects.create_user(email="new@careops.example", name="New")

    assert RoleBackend().get_user(nobody.pk).get_all_permissions() == set()


@pytest.mark.django_db
def test_a_superuser_comes_with_every_permission(staff):
    User.objects.filter(pk=staff.pk).update(is_superuser=True)

    person = RoleBackend().get_user(staff.pk)

    assert len(person.get_all_permissions()) == Permission.objects.count()
    assert person.has_perm("whatever.it_is")


@pytest.mark.django_db
def test_nobody_comes_who_is_switched_off_or_gone(staff):
    User.objects.filter(pk=staff.pk).update(is_active=False)

    assert RoleBackend().get_user(staff.pk) is None
    assert RoleBackend().get_user(0) is None


@pytest.mark.django_db
def test_the_roles_of_one_person_are_not_those_of_another(staff, admin):
    assert RoleBackend().get_user(staff.pk).get_all_permissions() == STAFF_PERMISSIONS
    assert RoleBackend().get_user(admin.pk).get_all_permissions() == PERMISSIONS[ADMIN]
