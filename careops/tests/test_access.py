"""Who may open what: every page of the site by role and method. A new URL without a row here fails.

One test walks all pages for one kind of person; what a page did is taken back before the next.
"""

import contextlib
import copy

import pytest
from django.contrib import admin as django_admin
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import AuditEntry, User
from accounts.tests.factories import UserFactory
from alerts.tests.factories import AlertFactory
from bookings.messages import links
from bookings.models import CalendarFeed, IntakeRequest, IntakeVersion
from bookings.tests.factories import BookedFactory, ClosedDayFactory, TimeOffFactory, WorkingHoursFactory
from bookings.tests.intake_desk import ask
from careops.tests.markup import faults_of
from inventory.tests.factories import ItemFactory
from messaging.models import Address, Conversation, Draft, Message, SavedReply

NO = 405  # the method is not for this page
OUT = 302  # on to another page: the action was done, or refused in words
REFUSED = {400, 403, NO, 409}

# name: (arguments, GET as staff, GET as admin, POST as staff, POST as admin); the POSTs send an empty form
PAGES = {
    "dashboard": ([], 200, 200, NO, NO),
    "contacts:list": ([], 200, 200, NO, NO),
    "contacts:create": ([], 200, 200, 200, 200),
    "contacts:detail": (["contact"], 200, 200, NO, NO),
    "contacts:edit": (["contact"], 200, 200, 200, 200),
    "contacts:delete": (["contact"], 403, 200, 403, OUT),
    "bookings:list": ([], 200, 200, NO, NO),
    "bookings:diary": ([], 200, 200, NO, NO),
    "bookings:diary_sheet": ([], 200, 200, NO, NO),
    "bookings:create": ([], 200, 200, 200, 200),
    "bookings:detail": (["booking"], 200, 200, NO, NO),
    "bookings:edit": (["booking"], 200, 200, 200, 200),
    "bookings:complete": (["booking"], NO, NO, 409, 409),  # asks first: the visit lies ahead
    "bookings:no_show": (["booking"], NO, NO, OUT, OUT),
    "bookings:cancel": (["booking"], NO, NO, OUT, OUT),
    "bookings:cancel_page": (["booking"], 200, 200, NO, NO),
    "bookings:complete_page": (["booking"], 200, 200, NO, NO),
    "bookings:no_show_page": (["booking"], OUT, OUT, NO, NO),  # not before the visit
    "bookings:reopen": (["booking"], NO, NO, OUT, OUT),
    "bookings:send_reminder": (["booking"], NO, NO, OUT, OUT),
    "bookings:send_form_reminder": (["booking"], NO, NO, OUT, OUT),
    "bookings:confirm": (["booking"], NO, NO, OUT, OUT),
    "bookings:decline": (["booking"], NO, NO, OUT, OUT),
    "bookings:arrive": (["booking"], NO, NO, OUT, OUT),
    "bookings:paid": (["booking"], NO, NO, OUT, OUT),
    "bookings:unpaid": (["booking"], NO, NO, OUT, OUT),
    "bookings:renew_link": (["booking"], NO, NO, OUT, OUT),
    "bookings:feed": ([], 200, 200, OUT, OUT),
    "bookings:feed_end": ([], NO, NO, OUT, OUT),
    "bookings:next_free": ([], 200, 200, NO, NO),
    "bookings:why": ([], 200, 200, NO, NO),
    "bookings:hours": ([], 200, 200, NO, NO),
    "bookings:hours_week": (["colleague"], 403, 200, 403, 200),
    "bookings:hours_day": (["colleague"], 403, 200, 403, 200),
    "bookings:time_off_create": (["colleague"], 403, 200, 403, 200),
    "bookings:time_off_remove": (["time_off"], 403, NO, 403, OUT),
    "bookings:closed_days": ([], 403, 200, 403, 200),
    "bookings:open_day": (["closed_day"], 403, NO, 403, OUT),
    "bookings:share": ([], 200, 200, NO, NO),
    "bookings:service_list": ([], 200, 200, NO, NO),
    "bookings:service_create": ([], 403, 200, 403, 200),
    "bookings:service_edit": (["service"], 403, 200, 403, 200),
    "bookings:service_renew": (["service"], 403, 200, 403, OUT),
    "bookings:materials": (["booking"], NO, NO, OUT, OUT),
    "bookings:intake_forms": ([], 200, 200, NO, NO),
    "bookings:intake_form_create": ([], 403, 200, 403, 200),
    "bookings:intake_form": (["intake_form"], 200, 200, NO, NO),
    "bookings:intake_form_edit": (["intake_form"], 403, 200, 403, 200),
    "bookings:intake_introduction": (["intake_form"], 403, 200, 403, 200),
    "bookings:intake_question_create": (["intake_form", "question_kind"], 403, 200, 403, 200),
    "bookings:intake_question": (["intake_form", "question"], 403, 200, 403, 200),
    "bookings:intake_question_move": (["intake_form", "question"], 403, NO, 403, OUT),
    "bookings:intake_question_remove": (["intake_form", "question"], 403, NO, 403, OUT),
    "bookings:intake_publish": (["intake_form"], 403, NO, 403, OUT),
    "bookings:intake_discard": (["intake_form"], 403, NO, 403, OUT),
    "bookings:intake_preview": (["intake_form"], 200, 200, NO, NO),
    "bookings:intake_paper": (["intake_form"], 200, 200, NO, NO),
    "bookings:intake_export": (["intake_form"], 403, NO, 403, 200),
    "bookings:intake_requests": ([], 200, 200, NO, NO),
    "bookings:intake_request": (["asked"], 200, 200, NO, NO),
    "bookings:intake_print": (["asked"], 200, 200, NO, NO),
    "bookings:intake_fill": (["asked"], 200, 200, 400, 400),
    "bookings:intake_review": (["asked"], NO, NO, OUT, OUT),
    "bookings:intake_waive": (["asked"], NO, NO, OUT, OUT),
    "bookings:intake_resend": (["asked"], NO, NO, OUT, OUT),
    "bookings:intake_ask_again": (["asked"], NO, NO, OUT, OUT),
    "bookings:intake_new_link": (["asked"], NO, NO, OUT, OUT),
    "bookings:intake_file": (["asked", "file"], 200, 200, NO, NO),
    "inventory:list": ([], 200, 200, NO, NO),
    "inventory:low_stock": ([], 200, 200, NO, NO),
    "inventory:create": ([], 403, 200, 403, 200),
    "inventory:detail": (["item"], 200, 200, NO, NO),
    "inventory:edit": (["item"], 403, 200, 403, 200),
    "inventory:adjust": (["item"], NO, NO, 200, 200),
    "inventory:reverse": (["movement"], NO, NO, OUT, OUT),
    "alerts:list": ([], 200, 200, NO, NO),
    "alerts:count": ([], 200, 200, NO, NO),
    "alerts:detail": (["alert"], 200, 200, NO, NO),
    "alerts:acknowledge": (["alert"], NO, NO, OUT, OUT),
    "alerts:dismiss": (["alert"], NO, NO, OUT, OUT),
    "messaging:inbox": ([], 200, 200, NO, NO),
    "messaging:conversation": (["contact"], 200, 200, NO, NO),
    "reply": (["contact"], NO, NO, 200, 200),
    "messaging:incoming": (["contact"], NO, NO, 200, 200),
    "messaging:draft": (["contact"], NO, NO, 200, 200),
    "messaging:note": (["contact"], NO, NO, 200, 200),
    "messaging:assign": (["contact"], NO, NO, OUT, OUT),
    "messaging:snooze": (["contact"], NO, NO, OUT, OUT),
    "messaging:read": (["contact"], NO, NO, OUT, OUT),
    "messaging:unread": (["contact"], NO, NO, OUT, OUT),
    "messaging:saved_replies": ([], 200, 200, NO, NO),
    "messaging:saved_reply_create": ([], 403, 200, 403, 200),
    "messaging:saved_reply_edit": (["saved_reply"], 403, 200, 403, 200),
    "messaging:saved_reply_delete": (["saved_reply"], 403, 200, 403, OUT),
    "messaging:resume": (["contact"], NO, NO, OUT, OUT),
    "messaging:close": (["contact"], NO, NO, OUT, OUT),
    "messaging:reopen": (["contact"], NO, NO, OUT, OUT),
    "messaging:consent": (["contact"], NO, NO, OUT, OUT),
    "messaging:consent_hint": (["contact"], NO, NO, OUT, OUT),
    "messaging:outbox": ([], 200, 200, NO, NO),
    "messaging:message": (["message"], 200, 200, NO, NO),
    "messaging:retry": (["message"], NO, NO, OUT, OUT),
    "messaging:cancel": (["message"], NO, NO, OUT, OUT),
    "messaging:why": (["contact"], 200, 200, NO, NO),
    "messaging:message_edit": (["message"], 200, 200, 200, 200),
    "messaging:send_now": (["message"], NO, NO, OUT, OUT),
    "messaging:arrived": (["message"], NO, NO, OUT, OUT),
    "messaging:leave": (["message"], NO, NO, OUT, OUT),
    "messaging:message_resume": (["message"], NO, NO, OUT, OUT),
    "messaging:providers": ([], 403, 200, 403, NO),
    "messaging:provider_test": (["channel"], 403, NO, 403, 200),
    "messaging:after_restore": ([], 403, OUT, 403, OUT),
    "messaging:rules": ([], 200, 200, NO, NO),
    "messaging:settings": ([], 403, 200, 403, 200),
    "messaging:stop": ([], 403, 200, 403, OUT),
    "messaging:start": ([], 403, 200, 403, OUT),
    "messaging:rule": (["rule"], 403, 200, 403, 200),
    "messaging:rule_on": (["rule"], 403, 200, 403, OUT),
    "messaging:rule_off": (["rule"], 403, 200, 403, OUT),
    "messaging:rule_restore": (["rule"], 403, 200, 403, OUT),
    "rule_preview": (["rule"], 403, 200, 403, 200),
    "rule_test": (["rule"], 403, 404, 403, 200),  # no test has been sent
    "accounts:profile": ([], 200, 200, 200, 200),
    "accounts:user_list": ([], 403, 200, 403, NO),
    "accounts:user_invite": ([], 403, 200, 403, 200),
    "accounts:user_edit": (["colleague"], 403, 200, 403, 200),
    "account_logout": ([], 200, 200, OUT, OUT),
    "account_change_password": ([], 200, 200, 200, 200),
    "admin_password_change": ([], OUT, OUT, OUT, OUT),  # to the page above
    "account_set_password": ([], OUT, OUT, OUT, OUT),
    "account_reauthenticate": ([], 200, 200, 200, 200),
}
# name: (arguments, GET, POST), for everybody
PUBLIC = {
    "book": ([], OUT, NO),  # there is one service
    "book_service": (["service"], OUT, NO),
    "book_times": (["service"], 200, NO),
    "book_details": (["service"], 404, 404),  # no time is chosen
    "book_thanks": ([], 200, NO),
    "book_done": (["token"], 404, NO),
    "visit": (["visit"], 200, NO),
    "visit_cancel": (["visit"], NO, 409),  # nobody says which page they looked at
    "visit_move": (["visit"], 200, NO),
    "visit_moved": (["visit"], NO, 409),
    "visit_coming": (["visit"], NO, 409),
    "visit_here": (["visit"], NO, 409),
    "visit_calendar": (["visit"], 200, NO),
    "calendar_feed": (["feed"], 200, NO),
    "contact_page": ([], 200, 200),
    "contact_thanks": ([], 200, NO),
    "styleguide": ([], 200, NO),  # not in production
    "preferences": (["token"], 200, OUT),
    "intake_answer": (["form_token"], 200, 400),
    "webhook_sms": ([], NO, 404),  # nothing is set up
    "webhook_raw_mail": ([], NO, 404),
    "webhook_email": (["provider", "kind"], NO, 404),
    "account_login": ([], 200, 200),
    "account_signup": ([], 200, 200),
    "account_inactive": ([], 200, NO),
    "account_reset_password": ([], 200, 200),
    "account_reset_password_done": ([], 200, NO),
    "account_reset_password_from_key": (["uid", "key"], 200, 200),
    "account_reset_password_from_key_done": ([], 200, NO),
}

# Those bring a signature, or a secret in their address, in place of a CSRF token.
NO_TOKEN = {"preferences", "webhook_sms", "webhook_raw_mail", "webhook_email"}


def patterns(resolver=None, namespace=""):
    """Every URL pattern of the site with its full name; those of Django admin apart."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            if entry.namespace != "admin":
                yield from patterns(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}"


@pytest.fixture
def world(db):
    """One of everything that a page can be about."""
    booking = BookedFactory()
    asked = ask(booking)
    return {
        "intake_form": asked.version.form_id,
        "question_kind": "text",
        "question": "name",
        "asked": asked.pk,
        "file": asked.files.get().pk,
        "form_token": links.form_token(asked),
        "booking": booking.pk,
        "visit": links.visit_token(booking),
        "feed": CalendarFeed.objects.create(staff=booking.staff).secret,
        "contact": booking.contact_id,
        "service": booking.service_id,
        "colleague": UserFactory(name="Casey Colleague").pk,
        "time_off": TimeOffFactory().pk,
        "closed_day": ClosedDayFactory().pk,
        "item": (item := ItemFactory()).pk,
        "movement": item.movements.get().pk,
        "alert": AlertFactory().pk,
        "message": Message.objects.filter(conversation__contact=booking.contact_id).first().pk,
        "saved_reply": SavedReply.objects.create(name="Parking", body="Behind the house.").pk,
        "rule": "reminder",
        "channel": "email",
        "uid": "1",
        "key": "no-such-key",
        "token": Address.objects.create(channel="email", value="ada@client.example").token,
        "provider": "postmark",
        "kind": "inbound",
    }


def url_of(name, world):
    arguments = (PAGES.get(name) or PUBLIC[name])[0]
    return reverse(name, args=[world[argument] for argument in arguments])


def answer_to(browser, method, name, world):
    """The answer of a page; 500 if it fails, so that a walk goes on and names it."""
    browser.raise_request_exception = False
    return getattr(browser, method)(url_of(name, world))


@contextlib.contextmanager
def undone(browser):
    """Take back what happens inside: every row, with it sessions and counted attempts, and the cookies."""
    cookies = copy.copy(browser.cookies)
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        browser.cookies = cookies


def facts():
    """What no refused request may change: every service leaves an audit entry. The refusal itself leaves one, too."""
    return [
        list(Message.objects.order_by("pk").values_list("pk", "status")),
        list(AuditEntry.objects.exclude(action="user.refused").order_by("pk").values_list("pk", flat=True)),
    ]


def expect(table, world, browser, methods=("get", "post")):
    """Each page of the table answers each method with its status, or one of its set, and with valid HTML if with any.

    A refusal changes nothing.
    """
    before, wrong = facts(), []

    for name, row in table.items():
        for method, status in zip(methods, row, strict=True):
            with undone(browser):
                response = answer_to(browser, method, name, world)
                answer, is_html = response.status_code, "html" in response.get("Content-Type", "")
                if answer not in (status if isinstance(status, set) else {status}):
                    wrong.append(f"{method} {name}: {answer}, not {status}")
                elif answer in REFUSED and facts() != before:
                    wrong.append(f"{method} {name}: {answer}, and yet something changed")
                elif is_html:
                    wrong += [f"{method} {name}: {fault}" for fault in faults_of(response.text)]

    assert not wrong, "\n".join(wrong)


def test_every_url_has_a_row():
    names = list(patterns())

    assert sorted(names) == sorted([*PAGES, *PUBLIC])


def test_staff_may(world, as_staff):
    expect({name: (get, post) for name, (_, get, _, post, _) in PAGES.items()}, world, as_staff)


def test_admins_may(world, as_admin):
    expect({name: (get, post) for name, (_, _, get, _, post) in PAGES.items()}, world, as_admin)


def test_everybody_may(world, client):
    expect({name: (get, post) for name, (_, get, post) in PUBLIC.items()}, world, client)


def test_strangers_are_asked_to_sign_in(world, client):
    assert let_in(world, client) == []


def test_a_deactivated_person_is_a_stranger(world, as_staff, staff):
    type(staff).objects.filter(pk=staff.pk).update(is_active=False)

    assert let_in(world, as_staff) == []


def let_in(world, browser):
    """The pages that do not send on to the sign-in, or change something on the way there."""
    before, pages = facts(), []
    for name in PAGES:
        for method in ("get", "post"):
            with undone(browser):
                response = answer_to(browser, method, name, world)
                asked = response.status_code == OUT and response.url.startswith(reverse("account_login"))
                if not asked or facts() != before:
                    pages.append((method, name, response.status_code))
    return pages


def test_someone_without_a_role_may_nothing(world, as_staff, staff):
    staff.groups.clear()
    names = [name for name in PAGES if ":" in name and name != "accounts:profile"]

    expect({name: ({403, NO}, {403, NO}) for name in names}, world, as_staff)


def test_a_post_without_a_csrf_token_is_refused(world, admin):
    stranger, signed_in = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    signed_in.force_login(admin, backend="accounts.backends.RoleBackend")

    expect(dict.fromkeys(PAGES, (403,)), world, signed_in, ["post"])
    expect(dict.fromkeys(set(PUBLIC) - NO_TOKEN, (403,)), world, stranger, ["post"])


@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
def test_no_page_knows_another_method(world, as_admin, client, method):
    expect(dict.fromkeys(PAGES, (NO,)), world, as_admin, [method])
    expect(dict.fromkeys(PUBLIC, (NO,)), world, client, [method])


def test_a_request_without_fields_empties_nothing(world, as_admin, admin):
    person = User.objects.get(pk=world["colleague"])
    WorkingHoursFactory(staff=person)
    asked = IntakeRequest.objects.get(pk=world["asked"])
    IntakeVersion.objects.update(introduction="Why we ask.")
    IntakeRequest.objects.update(answers={"name": "Ada"})
    Conversation.objects.update(assignee=admin)
    conversation = asked.contact.conversation
    Draft.objects.create(conversation=conversation, by=admin, body="Dear", channel="email")

    for name in ("hours_week", "intake_introduction", "intake_fill"):
        as_admin.post(url_of(f"bookings:{name}", world), {"save": "", "submit": "", "auto": ""})
    for name in ("assign", "draft"):
        as_admin.post(url_of(f"messaging:{name}", world))
    as_admin.post(url_of("intake_answer", world), {"auto": ""})

    assert person.working_hours.count() == 1
    assert IntakeVersion.objects.get().introduction == "Why we ask."
    assert IntakeRequest.objects.get().answers == {"name": "Ada"}
    assert Conversation.objects.get(pk=conversation.pk).assignee == admin
    assert Draft.objects.get().body == "Dear"


def test_nobody_but_admins_enters_django_admin(as_staff, as_admin, client):
    index = reverse("admin:index")

    assert client.get(index).status_code == 302
    assert as_staff.get(index).status_code == 302
    assert as_admin.get(index).status_code == 200


def test_django_admin_lists_every_model_for_admins(world, as_admin, as_staff):
    for model in sorted(django_admin.site._registry, key=str):
        page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")

        assert as_staff.get(page).status_code == 302, page
        assert as_admin.get(page, follow=True).status_code in {200, 403}, page
