"""Whatever a person can type or send gets a sentence, never a 500; and no row is left that breaks a list."""

import itertools

import pytest
from django.urls import reverse

from careops.tests.test_access import PAGES, PUBLIC, url_of, world  # noqa: F401 - a fixture

BAD = [
    "",
    " ",
    "\x00",
    "abc",
    "-1",
    "0",
    "99999999999999999999",
    "1e400",
    "NaN",
    "Infinity",
    "0001-01-01T00:00",
    "9999-12-31T23:59",
    "2026-03-29T01:30",  # does not exist in London
    "2026-02-30",
    "x" * 10_000,
    "<script>alert(1)</script>",
    "'; DROP TABLE contacts_contact; --",
    "{{ 7|add:7 }} {0.__class__} %s %(x)s",
    "\u202e\ud83d\ude00 \u0000\u200b",
    "a@b" * 90 + ".example",
    "+44 20 7946 0000 ext. 99999999999999999999999",
]
FIELDS = [
    "once",
    *["opened", "website", "note", "message", "keep_in_touch"],
    "version",
    *["name", "email", "phone", "notes", "stage", "contact", "service", "staff", "starts_at", "schedule_no"],
    *[
        "reason",
        "again",
        "tell",
        "next",
        "sku",
        "unit",
        "on_hand",
        "threshold",
        "kind",
        "quantity",
        "minutes",
    ],
    *[
        "price",
        "colour",
        "step",
        "horizon",
        "notice",
        "cancel_limit",
        "buffer_before",
        "performers",
        "location",
    ],
    *["day_0", "day_6", "date", "hours", "first", "first_time", "last", "last_time", "also_1"],
    *["also", "also_quantity", "materials-TOTAL_FORMS", "materials-0-item", "materials-0-quantity"],
    *["label", "help", "options", "wording", "introduction", "valid_months", "services", "intake_forms"],
    *["rev", "q_name", "q_pain", "remove", "save", "form"],
    *["is_active", "body", "why", "role", "login", "password", "password1", "password2", "uid"],
]
QUERIES = [
    *["q", "page", "after", "before", "stage", "status", "tab", "from", "to", "staff", "todo", "contact"],
    *["starts_at", "service", "show", "next", "at", "day", "only", "booking", "date", "source", "paid"],
    *["view", "visit", "hours", "first", "first_time", "last", "last_time"],
]
LISTS = [name for name, row in PAGES.items() if not row[0] and row[2] == 200 and ":" in name]


def sendable(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@pytest.mark.parametrize("name", [name for name, row in PAGES.items() if row[4] != 405] + [*PUBLIC])
def test_no_form_can_be_made_to_fail(name, world, as_admin):  # noqa: F811
    if name == "account_logout":
        return
    url = url_of(name, world)

    for bad in BAD:
        response = as_admin.post(url, dict.fromkeys(FIELDS, sendable(bad)))

        assert response.status_code < 500, bad
    for name_of_list in LISTS:
        assert as_admin.get(reverse(name_of_list)).status_code == 200, name_of_list


@pytest.mark.parametrize("field", ["starts_at", "name", "email", "phone", "quantity", "body", "notes"])
def test_one_bad_field_among_good_ones_is_refused_in_words(field, world, as_admin, staff):  # noqa: F811
    good = {
        "contacts:create": {"name": "Ada", "email": "ada@client.example", "phone": "", "notes": ""},
        "bookings:create": {
            "contact": world["contact"],
            "service": world["service"],
            "staff": staff.pk,
            "starts_at": "2031-05-05T10:00",
            "notes": "",
        },
        "inventory:adjust": {"kind": "receive", "quantity": "1", "reason": ""},
        "messaging:reply": {"body": "Hello"},
    }
    for (name, fields), bad in itertools.product(good.items(), BAD):
        if field in fields:
            response = as_admin.post(url_of(name, world), fields | {field: sendable(bad)})

            assert response.status_code < 500, (name, bad)
    for name_of_list in LISTS:
        assert as_admin.get(reverse(name_of_list)).status_code == 200, name_of_list


@pytest.mark.parametrize("name", [name for name, row in PAGES.items() if row[2] == 200])
def test_no_query_can_be_made_to_fail(name, world, as_admin):  # noqa: F811
    url = url_of(name, world)

    for bad in BAD:
        response = as_admin.get(url, dict.fromkeys(QUERIES, sendable(bad)))

        assert response.status_code < 500, bad


@pytest.mark.parametrize("name", [name for name, row in PAGES.items() if row[0]])
def test_what_is_not_there_is_not_found(name, world, as_admin):  # noqa: F811
    url = url_of(name, dict.fromkeys(world, 999_999_999))

    assert as_admin.get(url).status_code in {404, 405}
    assert as_admin.post(url).status_code in {404, 405}


def test_a_number_too_large_for_the_database_is_not_found(as_admin):
    for url in [
        "/contacts/99999999999999999999/",
        "/bookings/99999999999999999999/",
        "/messages/9" + "9" * 30 + "/",
    ]:
        assert as_admin.get(url).status_code == 404
