"""Whatever a person can type or send gets a sentence, never a 500; and no row is left that breaks a list.

Each hazard of a kind meets every field of that kind, on every page; all fields of a request are bad at once.
"""

import pytest
from django.db import transaction
from django.urls import reverse

from careops.tests.test_access import PAGES, PUBLIC, undone, url_of, world  # noqa: F401 - a fixture

TEXTS = [
    "",
    " ",
    "x" * 10_000,
    "\u202e\ud83d\ude00 \ud83d\u200b",  # an emoji, half of one, and what turns or hides text
    "<script>alert(1)</script> '; DROP TABLE contacts_contact; -- {{ 7|add:7 }} {0.__class__} %s %(x)s",
    "a@b" * 90 + ".example",
    "+44 20 7946 0000 ext. 99999999999999999999999",
    "a\r\nBcc: all@client.example",
]
NUMBERS = ["", "-1", "0", "99999999999999999999", "9" * 10_000, "1e400", "NaN", "abc"]
TIMES = [
    " ",
    "0001-01-01T00:00",
    "9999-12-31T23:59",
    "2026-03-29T01:30",  # does not exist in London
    "2026-02-30",
    "9999-12-31",
    "99:99",
    "x" * 10_000,
]
BAD = {*TEXTS, *NUMBERS, *TIMES, "\x00", "0001-01-01", "Infinity"}

FIELDS = {
    **dict.fromkeys(["name", "email", "phone", "notes", "stage", "body", "login", "password"], TEXTS),
    **dict.fromkeys(["password1", "password2", "uid", "website", "note", "message"], TEXTS),
    **dict.fromkeys(["notes_for_customer", "reason", "overrule", "why", "tell", "next", "sku"], TEXTS),
    **dict.fromkeys(["unit", "kind", "location", "label", "help", "options", "wording"], TEXTS),
    **dict.fromkeys(["introduction", "form", "only", "q_name", "q_pain", "save", "remove"], TEXTS),
    **dict.fromkeys(["keep_in_touch", "is_active", "early", "required", "role", "once", "opened"], TEXTS),
    **dict.fromkeys(["again", "time_zone", "currency", "channel", "insert", "follow_up", "until"], TEXTS),
    **dict.fromkeys(["version", "seen", "rev", "schedule_no", "contact", "service", "staff"], NUMBERS),
    **dict.fromkeys(["performers", "services", "assignee", "intake_forms", "item", "also"], NUMBERS),
    **dict.fromkeys(["also_1", "also_quantity", "on_hand", "threshold", "quantity", "minutes"], NUMBERS),
    **dict.fromkeys(["price", "colour", "step", "horizon", "notice", "cancel_limit"], NUMBERS),
    **dict.fromkeys(["buffer_before", "buffer_after", "valid_months", "materials-TOTAL_FORMS"], NUMBERS),
    **dict.fromkeys(["materials-0-item", "materials-0-quantity"], NUMBERS),
    **dict.fromkeys(["starts_at", "date", "hours", "first", "first_time", "last", "last_time"], TIMES),
    **dict.fromkeys(["day_0", "day_6", "at"], TIMES),
}
QUERIES = {
    **dict.fromkeys(["q", "stage", "status", "tab", "todo", "show", "next", "only", "source"], TEXTS),
    **dict.fromkeys(["paid", "view", "form", "why"], TEXTS),
    **dict.fromkeys(["page", "contact", "staff", "service", "booking", "visit", "test"], NUMBERS),
    **dict.fromkeys(["message", "month"], NUMBERS),
    **dict.fromkeys(["from", "to", "starts_at", "at", "day", "date", "hours", "first"], TIMES),
    **dict.fromkeys(["first_time", "last", "last_time"], TIMES),
    "after": NUMBERS,
    "before": TIMES,
}
LISTS = [name for name, row in PAGES.items() if not row[0] and row[2] == 200 and ":" in name]
# What ends something that another page is about, and so is taken back.
ENDS = {
    *["contacts:delete", "bookings:complete", "bookings:no_show", "bookings:cancel", "bookings:decline"],
    *["bookings:time_off_remove", "bookings:open_day", "bookings:feed_end", "bookings:intake_waive"],
    *["bookings:intake_question_remove", "bookings:intake_discard", "bookings:service_renew"],
    *["bookings:renew_link", "bookings:intake_new_link", "inventory:reverse", "alerts:dismiss"],
    *["messaging:saved_reply_delete", "messaging:close", "messaging:snooze", "messaging:cancel"],
    *["messaging:leave", "messaging:stop", "account_logout"],
}
ROUNDS = [*range(len(TEXTS)), "nul", "two values"]
# name: what is accepted on that page, and the fields of it that go bad, one at a time
GOOD = {
    "contacts:create": ({"name": "Ada", "email": "ada@client.example"}, ["name", "email", "phone", "notes"]),
    "bookings:create": ({"starts_at": "2031-05-05T10:00"}, ["starts_at", "notes"]),
    "inventory:adjust": ({"kind": "receive", "quantity": "1", "reason": ""}, ["quantity", "reason"]),
    "reply": ({"body": "Hello"}, ["body"]),
}


def sendable(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def bad(fields, turn):
    """What is sent in one of the ROUNDS: each field with the hazard of its kind that is at its turn."""
    if turn == "nul":
        return dict.fromkeys(fields, "\x00")
    if turn == "two values":
        return {field: [sendable(hazards[-1]), "1"] for field, hazards in fields.items()}
    return {field: sendable(hazards[turn]) for field, hazards in fields.items()}


def broken_lists(browser):
    return [name for name in LISTS if browser.get(reverse(name)).status_code != 200]


@pytest.fixture
def browser(as_admin):
    """An admin's, to whom a fault answers 500, so that one test can see them all."""
    as_admin.raise_request_exception = False
    return as_admin


@pytest.mark.parametrize("turn", ROUNDS)
def test_no_form_can_be_made_to_fail(turn, world, browser):  # noqa: F811
    names = [name for name, row in PAGES.items() if row[4] != 405] + [*PUBLIC]
    sent, failed = bad(FIELDS, turn), []

    for name in names:
        with undone(browser) if name in ENDS else transaction.atomic():
            if browser.post(url_of(name, world), sent).status_code >= 500:
                failed.append(name)

    assert failed == []
    assert broken_lists(browser) == []


@pytest.mark.parametrize("name", GOOD)
def test_one_bad_field_among_good_ones_is_refused_in_words(name, world, browser, staff):  # noqa: F811
    good, fields = GOOD[name]
    if name == "bookings:create":
        good = good | {"contact": world["contact"], "service": world["service"], "staff": staff.pk}
    failed = []

    for field in fields:
        for value in sorted(BAD):
            with transaction.atomic():
                if browser.post(url_of(name, world), good | {field: sendable(value)}).status_code >= 500:
                    failed.append((field, value))

    assert failed == []
    assert broken_lists(browser) == []


@pytest.mark.parametrize("turn", ROUNDS)
def test_no_query_can_be_made_to_fail(turn, world, browser):  # noqa: F811
    names = [name for name, row in PAGES.items() if row[2] == 200]
    names += [name for name, row in PUBLIC.items() if row[1] == 200]
    sent, failed = bad(QUERIES, turn), []

    for name in names:
        with undone(browser):
            if browser.get(url_of(name, world), sent).status_code >= 500:
                failed.append(name)

    assert failed == []


def test_what_is_not_there_is_not_found(world, browser):  # noqa: F811
    nothing, found = dict.fromkeys(world, 999_999_999), []

    for name in [name for name, row in PAGES.items() if row[0]]:
        url = url_of(name, nothing)
        if {browser.get(url).status_code, browser.post(url).status_code} - {404, 405}:
            found.append(name)

    assert found == []


def test_a_number_too_large_for_the_database_is_not_found(as_admin):
    for url in [
        "/contacts/99999999999999999999/",
        "/bookings/99999999999999999999/",
        "/messages/9" + "9" * 30 + "/",
    ]:
        assert as_admin.get(url).status_code == 404
