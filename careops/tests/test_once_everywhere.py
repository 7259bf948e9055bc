"""What happens if a form arrives twice: each page that takes a POST has a token, or says why it needs none."""

import pytest

from careops.tests.test_access import NO, PAGES, PUBLIC, url_of, world  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db

# The form whose token makes it once, and the page on which that form stands.
WITH_TOKEN = {
    "contacts:create": "contacts:create",
    "bookings:create": "bookings:create",
    "bookings:service_create": "bookings:service_create",
    "bookings:intake_form_create": "bookings:intake_form_create",
    "bookings:intake_question_create": "bookings:intake_question_create",
    "inventory:create": "inventory:create",
    "inventory:adjust": "inventory:detail",
    "reply": "messaging:conversation",
    "messaging:note": "messaging:conversation",
    "messaging:incoming": "messaging:conversation",
    "contact_page": "contact_page",
    "book_details": None,  # wants a time: bookings/tests/online/test_book_views.py
}
NEEDS_NONE = {
    "says how something is from then on: the second time it is so already": """
        contacts:edit bookings:edit bookings:hours_week bookings:hours_day bookings:service_edit bookings:materials
        bookings:intake_form_edit bookings:intake_introduction bookings:intake_question inventory:edit
        bookings:intake_fill intake_answer bookings:paid bookings:unpaid
        messaging:assign messaging:read messaging:unread messaging:draft messaging:saved_reply_edit
        messaging:message_edit messaging:settings messaging:rule messaging:rule_on messaging:rule_off
        messaging:rule_restore messaging:stop messaging:start messaging:after_restore messaging:consent
        messaging:consent_hint accounts:profile accounts:user_edit preferences visit_coming visit_here
        account_change_password account_set_password account_reset_password_from_key
    """,
    "leads on from a state in which it is no more the second time": """
        bookings:complete bookings:no_show bookings:cancel bookings:reopen bookings:confirm bookings:decline
        bookings:arrive bookings:service_renew bookings:intake_review bookings:intake_waive bookings:intake_ask_again
        bookings:intake_publish bookings:intake_discard inventory:reverse alerts:acknowledge alerts:dismiss
        messaging:snooze messaging:resume messaging:close messaging:reopen messaging:retry messaging:cancel
        messaging:send_now messaging:arrived messaging:leave messaging:message_resume visit_cancel visit_moved
    """,
    "takes away what is gone the second time": """
        contacts:delete bookings:time_off_remove bookings:open_day bookings:intake_question_remove bookings:feed_end
        messaging:saved_reply_delete
    """,
    "is known by what it says: the same again is the one that is there, or is refused": """
        bookings:time_off_create bookings:closed_days messaging:saved_reply_create accounts:user_invite
        webhook_sms webhook_raw_mail webhook_email
    """,
    "asks before it says the same within a while": """
        bookings:send_reminder bookings:send_form_reminder bookings:intake_resend
    """,
    "makes an address anew, and the last one counts": """
        bookings:feed bookings:renew_link bookings:intake_new_link account_reset_password
    """,
    "does it each time, as its button says": """
        bookings:intake_question_move messaging:provider_test rule_test
    """,
    "changes nothing of ours": """
        rule_preview bookings:intake_export account_login account_logout account_signup account_reauthenticate
        admin_password_change
    """,
}


def test_every_page_that_takes_a_form_has_a_token_or_a_reason():
    takes_forms = {name for name, row in PAGES.items() if {*row[3:]} - {NO, 403}}
    takes_forms |= {name for name, row in PUBLIC.items() if row[2] != NO}
    named = [*WITH_TOKEN, *(name for names in NEEDS_NONE.values() for name in names.split())]

    assert sorted(named) == sorted(takes_forms)


def test_pages_hand_out_a_token_with_each_form(world, as_admin, client):  # noqa: F811 - the fixture
    for page in {*WITH_TOKEN.values()} - {None}:
        browser = client if page in PUBLIC else as_admin
        forms = [name for name, where in WITH_TOKEN.items() if where == page]

        assert browser.get(url_of(page, world)).content.decode().count('name="once"') >= len(forms), page
