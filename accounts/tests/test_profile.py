import pytest

from accounts.models import User
from accounts.roles import ADMIN, STAFF

PROFILE = "/accounts/profile/"


@pytest.mark.django_db
def test_profile_changes_ones_own_name_and_nothing_else(as_staff, staff):
    page = as_staff.post(
        PROFILE, {"name": "Sara  Smith", "role": ADMIN, "email": "x@example.com"}, follow=True
    )

    staff = User.objects.get(pk=staff.pk)
    assert (staff.name, staff.role, staff.email) == ("Sara Smith", STAFF, "sara@careops.example")
    assert [str(message) for message in page.context["messages"]] == [
        "Saved. Your work appears as Sara Smith from now on."
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "a" * 121])
def test_profile_refuses_a_name_that_is_none(name, as_staff, staff):
    page = as_staff.post(PROFILE, {"name": name})

    assert page.context["form"].errors["name"]
    assert User.objects.get(pk=staff.pk).name == "Sara Staff"


@pytest.mark.django_db
def test_profile_says_what_the_role_can_do(as_staff, as_admin):
    staffs = dict(as_staff.get(PROFILE).context["abilities"])
    admins = dict(as_admin.get(PROFILE).context["abilities"])

    assert staffs["Read and answer messages, and pause or resume automation"]
    assert not staffs["Delete contacts"]
    assert all(admins.values())
