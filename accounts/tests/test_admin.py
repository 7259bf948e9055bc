import pytest
from django.contrib import admin as django_admin
from django.contrib.auth.models import Group
from django.test import Client

from accounts import services
from accounts.models import AuditEntry, Business, User
from accounts.roles import ADMIN, STAFF
from accounts.tests.factories import UserFactory

USERS = "/admin/accounts/user/"
BUSINESS = "/admin/accounts/business/1/change/"
FILLED_IN = {
    "name": "Riverside",
    "address": "14 Wharf Lane\r\nBristol",
    "time_zone": "Europe/Paris",
    "currency": "EUR",
    "email": "hello@riverside.example",
    "phone": "",
}


def said(response):
    return [str(message) for message in response.context["messages"]]


@pytest.fixture
def as_root():
    """Somebody whom Django refuses nothing, made outside CareOps."""
    root = UserFactory(role=ADMIN)
    User.objects.filter(pk=root.pk).update(is_superuser=True)
    browser = Client()
    browser.force_login(root, backend="accounts.backends.RoleBackend")
    return browser


@pytest.mark.django_db
def test_strangers_sign_in_on_the_sign_in_page(client):
    assert client.get("/admin/").url == "/admin/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/").url == "/accounts/login/?next=%2Fadmin%2F"
    assert client.post("/admin/login/", {"username": "a", "password": "b"}).url.startswith("/accounts/login/")


@pytest.mark.django_db
def test_staff_are_refused_at_the_door(as_staff):
    assert as_staff.get("/admin/", follow=True).status_code == 403


@pytest.mark.django_db
def test_add_invites(as_admin, admin):
    as_admin.post(f"{USERS}add/", {"name": "Ada", "email": "Ada@example.com", "role": ADMIN})

    user = User.objects.get(email="ada@example.com")
    assert (user.is_invited, user.role, user.is_staff) == (True, ADMIN, True)
    assert AuditEntry.objects.about(user).get().by == admin


@pytest.mark.django_db
def test_add_refuses_an_address_that_is_taken(as_admin, staff):
    page = as_admin.post(f"{USERS}add/", {"name": "Sara", "email": "Sara@careops.example", "role": ADMIN})

    assert "Someone already signs in with this address." in page.content.decode()
    assert User.objects.count() == 2


@pytest.mark.django_db
def test_change_goes_through_the_service_and_shows_no_password(as_admin, admin, staff):
    url = f"{USERS}{staff.pk}/change/"
    page = as_admin.get(url).content.decode()

    as_admin.post(url, {"name": "Sara Smith", "role": ADMIN, "is_active": "on"})

    assert staff.password not in page
    assert "is_superuser" not in page
    staff = User.objects.get(pk=staff.pk)
    assert (staff.name, staff.role, staff.is_staff) == ("Sara Smith", ADMIN, True)
    assert AuditEntry.objects.about(staff).first().by == admin


@pytest.mark.django_db
def test_change_cannot_touch_the_address_or_the_password(as_admin, staff):
    typed = {"email": "x@example.com", "password": "x", "is_superuser": "on", "is_staff": "on"}

    as_admin.post(f"{USERS}{staff.pk}/change/", {"name": "Sara", "role": STAFF, "is_active": "on"} | typed)

    after = User.objects.get(pk=staff.pk)
    assert after.name == "Sara"
    assert (after.email, after.password, after.is_superuser, after.is_staff) == (
        staff.email,
        staff.password,
        False,
        False,
    )


@pytest.mark.django_db
def test_change_refuses_to_lose_the_last_admin(as_admin, admin):
    page = as_admin.post(f"{USERS}{admin.pk}/change/", {"name": "Amir", "role": STAFF}, follow=True)

    assert said(page) == ["Amir Admin is the only admin. Make someone else an admin first."]
    admin = User.objects.get(pk=admin.pk)
    assert (admin.name, admin.role, admin.is_active) == ("Amir Admin", ADMIN, True)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_list_of_people_costs_the_same_for_any_number(count, as_admin, django_assert_max_num_queries):
    UserFactory.create_batch(count)
    Business.objects.current()

    with django_assert_max_num_queries(9):
        assert as_admin.get(USERS).status_code == 200


@pytest.mark.django_db
def test_business_is_one_page(as_admin):
    assert as_admin.get("/admin/accounts/business/").url == BUSINESS
    assert as_admin.get("/admin/accounts/business/add/").status_code == 403


@pytest.mark.django_db
def test_business_is_changed_by_the_service(as_admin, admin):
    Business.objects.current()

    as_admin.post(BUSINESS, FILLED_IN)

    business = Business.objects.get()
    assert (business.name, business.zone.key, business.currency) == ("Riverside", "Europe/Paris", "EUR")
    assert AuditEntry.objects.about(business).get().by == admin


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"time_zone": "Europe/Atlantis"}, {"currency": "eu1"}, {"name": ""}])
def test_business_refuses_what_cannot_be(wrong, as_admin):
    Business.objects.current()

    page = as_admin.post(BUSINESS, FILLED_IN | wrong)

    assert page.context["adminform"].form.errors.keys() == wrong.keys()
    assert Business.objects.get().name == "CareOps"


@pytest.mark.django_db
def test_audit_trail_can_only_be_read(as_admin, as_root, admin, staff):
    entry = services.record(by=admin, action="user.noticed", subject=staff)
    url = f"/admin/accounts/auditentry/{entry.pk}/change/"

    readings = [as_admin.get("/admin/accounts/auditentry/?q=sara"), as_admin.get(url)]
    attempts = [
        as_root.post(url, {"action": "nothing"}),
        as_root.get("/admin/accounts/auditentry/add/"),
        as_root.post(f"/admin/accounts/auditentry/{entry.pk}/delete/", {"post": "yes"}),
    ]

    assert [answer.status_code for answer in readings] == [200, 200]
    assert [answer.status_code for answer in attempts] == [403, 403, 403]
    assert AuditEntry.objects.get(pk=entry.pk).action == "user.noticed"


@pytest.mark.django_db
@pytest.mark.parametrize("model", ["user", "business"])
def test_nothing_is_deleted(model, as_root, admin):
    pk = {"user": admin.pk, "business": Business.objects.current().pk}[model]

    assert as_root.post(f"/admin/accounts/{model}/{pk}/delete/", {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=admin.pk).exists()
    assert Business.objects.exists()


def test_groups_are_not_edited_by_hand():
    assert not django_admin.site.is_registered(Group)


@pytest.mark.parametrize("model", list(django_admin.site._registry), ids=lambda model: model._meta.label)
def test_no_list_can_be_narrowed_down_by_what_it_does_not_show(model, rf, admin):
    request = rf.get("/")
    request.user = admin
    shown = django_admin.site._registry[model]

    for field in ("pk", "secret__regex", "password__startswith", "token__gt", "key__regex", "email__regex"):
        assert not shown.lookup_allowed(field, "a", request)
    for relation in (
        field for field in model._meta.get_fields() if field.is_relation and field.related_model
    ):
        for field in relation.related_model._meta.concrete_fields:
            path = f"{relation.name}__{field.name}"
            is_filter = path in shown.get_list_filter(request)
            assert field.primary_key or is_filter or not shown.lookup_allowed(f"{path}__regex", "a", request)


def test_a_secret_cannot_be_guessed_letter_by_letter(as_admin):
    assert as_admin.get("/admin/bookings/calendarfeed/?secret__regex=^a").status_code == 400
    assert as_admin.get("/admin/accounts/user/?password__startswith=argon2").status_code == 400


@pytest.mark.parametrize("query", ["at__year=99999999999999", "at__year=0", "at__year=x", "at__month=99"])
def test_a_value_that_cannot_be_used_is_no_fault_of_ours(as_admin, query):
    assert as_admin.get(f"/admin/accounts/auditentry/?{query}").status_code in {200, 302, 400}
