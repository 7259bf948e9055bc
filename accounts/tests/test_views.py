import pytest
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts import services
from accounts.models import AuditEntry, Business, User
from accounts.roles import ADMIN, STAFF
from accounts.tests.factories import UserFactory

LIST = "/accounts/users/"
INVITE = "/accounts/users/invite/"
PROFILE = "/accounts/profile/"


def said(response):
    return [str(message) for message in response.context["messages"]]


def save(browser, user, *, follow=True, **values):
    ticks = {name: "on" for name in ("takes_bookings", "is_active") if getattr(user, name)}
    now = {"name": user.name, "role": user.role} | ticks
    data = {name: value for name, value in (now | values).items() if value is not None}
    return browser.post(user.get_absolute_url(), data, follow=follow)


# --- the list ---


@pytest.mark.django_db
def test_list_shows_who_works_here_and_who_was_invited(as_admin, staff):
    services.invite_user(email="ivy@example.com", name="Ivy Invited", role=STAFF, by=None)
    services.change_user(
        user=UserFactory(name="Lou Left"), name="Lou Left", role=STAFF, is_active=False, by=None
    )

    page = as_admin.get(LIST)

    assert [person.name for person in page.context["page_obj"]] == ["Amir Admin", "Ivy Invited", "Sara Staff"]
    assert "Invited</span>" in page.content.decode()
    left = as_admin.get(f"{LIST}?left")
    assert [person.name for person in left.context["page_obj"]] == ["Lou Left"]
    assert "Invited</span>" not in left.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number_of_people(count, as_admin, django_assert_num_queries):
    UserFactory.create_batch(count)
    Business.objects.current()

    with django_assert_num_queries(5):
        as_admin.get(LIST)


@pytest.mark.django_db
def test_list_goes_on_over_pages(as_admin):
    UserFactory.create_batch(60)

    first, second = as_admin.get(LIST).context["page_obj"], as_admin.get(f"{LIST}?page=2").context["page_obj"]

    assert (len(first), len({person.pk for person in [*first, *second]})) == (50, 61)


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["abc", "0", "99", "%00", "9" * 30])
def test_list_has_no_page_that_does_not_exist(page, as_admin):
    assert as_admin.get(f"{LIST}?page={page}").status_code in (400, 404)


# --- inviting ---


@pytest.mark.django_db
def test_invite_adds_somebody_and_says_that_a_link_is_on_its_way(as_admin, settings):
    settings.EMAIL_URL = "smtp://mail.example"

    page = as_admin.post(
        INVITE, {"name": " Ada  King ", "email": "Ada@Example.com", "role": STAFF}, follow=True
    )

    user = User.objects.get(email="ada@example.com")
    assert (user.name, user.role) == ("Ada King", STAFF)
    assert said(page) == ["Added Ada King. A link to choose a password is on its way to ada@example.com."]


@pytest.mark.django_db
@pytest.mark.parametrize(("tick", "takes_bookings"), [({"takes_bookings": "on"}, True), ({}, False)])
def test_invite_says_whether_they_take_bookings(tick, takes_bookings, as_admin):
    assert as_admin.get(INVITE).context["form"]["takes_bookings"].value() is True

    as_admin.post(INVITE, {"name": "Ada", "email": "ada@example.com", "role": STAFF} | tick)

    assert User.objects.get(email="ada@example.com").takes_bookings is takes_bookings


@pytest.mark.django_db
def test_invite_says_where_the_link_is_when_there_is_no_mail(as_admin, settings):
    settings.EMAIL_URL = ""

    page = as_admin.post(INVITE, {"name": "Ada", "email": "ada@example.com", "role": STAFF}, follow=True)

    assert "Mail is not set up here" in said(page)[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "SARA@careops.example"}, "email"),
        ({"email": "nowhere"}, "email"),
        ({"email": f"{'a' * 250}@example.com"}, "email"),
        ({"name": "  "}, "name"),
        ({"name": "\u200b\x00"}, "name"),
        ({"name": "a" * 10_000}, "name"),
        ({"role": "Owner"}, "role"),
        ({"role": ""}, "role"),
    ],
)
def test_invite_refuses_in_words_and_keeps_what_was_typed(wrong, field, as_admin, staff):
    page = as_admin.post(INVITE, {"name": "Ada", "email": "ada@example.com", "role": STAFF} | wrong)

    assert page.status_code == 200
    assert page.context["form"].errors[field]
    assert page.context["form"]["role"].value() == wrong.get("role", STAFF)
    assert User.objects.count() == 2


# --- changing ---


@pytest.mark.django_db
def test_edit_changes_name_and_role(as_admin, staff):
    page = save(as_admin, staff, name="Sara Smith", role=ADMIN)

    staff = User.objects.get(pk=staff.pk)
    assert (staff.name, staff.role, staff.is_active) == ("Sara Smith", ADMIN, True)
    assert said(page) == ["Saved Sara Smith."]


@pytest.mark.django_db
def test_edit_lets_somebody_take_no_bookings_and_work_on(as_admin, staff):
    save(as_admin, staff, takes_bookings=None)

    staff = User.objects.get(pk=staff.pk)
    assert (staff.takes_bookings, staff.is_active, staff.is_bookable) == (False, True, False)
    assert AuditEntry.objects.about(staff).first().changes == {"takes_bookings": [True, False]}


@pytest.mark.django_db
def test_edit_signs_out_who_is_switched_off_at_once(as_admin, as_staff, staff):
    assert as_staff.get(PROFILE).status_code == 200

    save(as_admin, staff, is_active=None)

    assert as_staff.get(PROFILE).url == f"/accounts/login/?next={PROFILE}"


@pytest.mark.django_db
def test_edit_does_not_bring_old_sessions_back_with_the_person(as_admin, as_staff, staff):
    save(as_admin, staff, is_active=None)

    page = save(as_admin, User.objects.get(pk=staff.pk), is_active="on")

    assert "choose a password" in said(page)[0]
    assert as_staff.get(PROFILE).status_code == 302


@pytest.mark.django_db
def test_edit_takes_rights_away_at_once(as_admin, admin):
    second = UserFactory(role=ADMIN)
    browser = Client()
    browser.force_login(second, backend="accounts.backends.RoleBackend")
    assert browser.get(LIST).status_code == 200

    save(as_admin, second, role=STAFF)

    assert browser.get(LIST).status_code == 403


@pytest.mark.django_db
def test_edit_refuses_to_lose_the_last_admin(as_admin, admin):
    page = save(as_admin, admin, role=STAFF)

    assert page.status_code == 409
    assert "is the only admin" in page.content.decode()
    assert User.objects.get(pk=admin.pk).role == ADMIN


@pytest.mark.django_db
def test_edit_of_oneself_leads_to_a_page_one_may_see(as_admin, admin):
    UserFactory(role=ADMIN)

    page = save(as_admin, admin, role=STAFF, follow=False)

    assert page.url == reverse("dashboard")
    assert User.objects.get(pk=admin.pk).role == STAFF


@pytest.mark.django_db
def test_edit_shows_the_name_as_it_is_while_another_is_refused(as_admin, staff):
    page = save(as_admin, staff, name="")

    assert "<h1>Sara Staff</h1>" in page.content.decode()


@pytest.mark.django_db
def test_edit_shows_in_its_frame_who_looks_at_it(as_admin, admin, staff):
    assert as_admin.get(staff.get_absolute_url()).context["user"] == admin


@pytest.mark.django_db
def test_edit_of_nobody_is_not_found(as_admin):
    assert as_admin.get("/accounts/users/123456/").status_code == 404


@pytest.mark.django_db
def test_edit_sends_the_link_again(as_admin, django_capture_on_commit_callbacks):
    user = services.invite_user(email="ada@example.com", name="Ada", role=STAFF, by=None)
    assert "Send the link again" in as_admin.get(user.get_absolute_url()).content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        page = as_admin.post(user.get_absolute_url(), {"send_link": ""}, follow=True)

    assert ProcrastinateJob.objects.get(task_name="accounts.tasks.send_invitation").args == {
        "user_id": user.pk
    }
    assert "link to choose a password" in said(page)[0]


@pytest.mark.django_db
def test_edit_sends_no_link_to_who_has_a_password(as_admin, staff, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        page = as_admin.post(staff.get_absolute_url(), {"send_link": ""}, follow=True)

    assert said(page) == ["Sara Staff has chosen a password already, so no link was sent."]
    assert not ProcrastinateJob.objects.exists()


# --- who may ---


@pytest.mark.django_db
def test_staff_may_not_see_or_change_people(as_staff, admin):
    before = AuditEntry.objects.count()

    answers = [
        as_staff.get(LIST),
        as_staff.post(INVITE, {"name": "Ada", "email": "ada@example.com", "role": ADMIN}),
        save(as_staff, admin, role=STAFF),
        as_staff.post(admin.get_absolute_url(), {"send_link": ""}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert AuditEntry.objects.exclude(action="user.refused").count() == before
    assert User.objects.get(pk=admin.pk).role == ADMIN
