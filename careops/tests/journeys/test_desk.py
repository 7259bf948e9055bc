"""The front desk in a real browser: the clicks that its tasks take on a desk and on a phone, and what axe says."""

import datetime

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Business, subject_key
from accounts.roles import ADMIN, STAFF
from accounts.tests.factories import UserFactory
from bookings.models import Booking
from bookings.tests.factories import BookedFactory, ServiceFactory, TimeOffFactory, work_always
from bookings.tests.intake_desk import make_form
from careops.tests import live
from careops.tests.journeys.test_inbox import DESK, PHONE, Receptionist
from contacts.models import Contact
from contacts.tests.factories import ContactFactory
from inventory.models import Item
from inventory.tests.factories import ItemFactory
from messaging.models import Message

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        live.CHROMIUM is None, reason="no Chromium is installed: the browser tests did not run"
    ),
]
DAY = datetime.timedelta(days=1)


@pytest.fixture
def sara():
    Business.objects.current()
    sara = UserFactory(name="Sara Staff", email="sara@careops.example", role=STAFF)
    work_always(sara)
    return sara


@pytest.fixture
def massage():
    ServiceFactory(name="Acupuncture", step=60)
    return ServiceFactory(name="Massage", step=60)


@pytest.fixture
def ada():
    return ContactFactory(name="Ada Lovelace", phone="020 7946 0123", email="ada@client.example")


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_tasks_of_the_front_desk_take_few_clicks(browser, address, sara, massage, ada, viewport):
    desk = Receptionist(browser, address, viewport, sara)
    page = desk.page

    def choose(service):
        desk.click(page.get_by_text(f"{service} 60 min"))
        page.locator(".next-free__time").first.wait_for()

    # Book a known caller by the last digits of the number: four clicks.
    desk.open("/bookings/new/")
    page.keyboard.type("0123")
    desk.click(page.get_by_role("button", name="Ada Lovelace"))
    choose("Massage")
    desk.click(page.locator(".next-free__time").first)
    page.get_by_text("Confirmation now, by email to ada@client.example.").wait_for()
    desk.click(page.get_by_role("button", name="Book", exact=True))
    page.get_by_text("Booked Massage for Ada Lovelace.").wait_for()
    assert desk.clicks == 4

    # Book somebody new: as many, and what is typed.
    desk.open("/bookings/new/")
    page.keyboard.type("Zoe Smith")
    desk.click(page.get_by_role("button", name="New: “Zoe Smith”"))
    expect(page.locator("#id_name")).to_be_focused()  # htmx puts it there a moment after the fields
    page.locator("#id_phone").fill("020 7946 0199")
    choose("Massage")
    desk.click(page.locator(".next-free__time").first)
    page.get_by_text("Zoe Smith is added to the contacts, without a welcome.").wait_for()
    desk.click(page.get_by_role("button", name="Book", exact=True))
    page.get_by_text("Booked Massage for Zoe Smith.").wait_for()
    assert desk.clicks == 4
    assert Contact.objects.get(name="Zoe Smith").bookings.count() == 1

    # Move a visit: three clicks.
    booking = BookedFactory(contact=ada, service=massage, staff=sara, starts_at=timezone.now() + 9 * DAY)
    desk.open(booking.get_absolute_url())
    desk.click(page.get_by_role("link", name="Move or edit"))
    desk.click(page.locator(".next-free__time").nth(2))
    page.get_by_text("by email to ada@client.example.").first.wait_for()
    desk.click(page.get_by_role("button", name="Save", exact=True))
    page.get_by_text("Saved Massage for Ada Lovelace.").wait_for()
    assert desk.clicks == 3
    moved = Booking.objects.get(pk=booking.pk)
    assert moved.schedule_no == 2

    # Cancel it with a reason: three clicks.
    desk.open(booking.get_absolute_url())
    desk.click(page.get_by_role("link", name="Cancel", exact=True))
    desk.click(page.get_by_text("They are ill"))
    desk.click(page.get_by_role("button", name="Cancel the visit"))
    page.get_by_text("Cancelled Massage for Ada Lovelace.").first.wait_for()
    assert desk.clicks == 3
    assert Booking.objects.get(pk=booking.pk).cancel_reason == "Ill"

    # The pages, as axe sees them.
    other = BookedFactory(contact=ada, service=massage, staff=sara, starts_at=timezone.now() + 12 * DAY)
    complaints = {}
    for path in [
        "/bookings/new/",
        f"/bookings/new/?contact={ada.pk}&service={massage.pk}",
        f"/bookings/{other.pk}/edit/",
        f"/bookings/{other.pk}/cancel/ask/",
        f"/bookings/{other.pk}/complete/ask/",
    ]:
        desk.open(path)
        complaints[path] = live.faults(page)
    assert not any(complaints.values()), complaints
    assert desk.errors == []


def test_what_is_done_most_takes_one_click(browser, address, sara, massage, ada):
    make_form(service=massage)
    now = timezone.now().replace(second=0, microsecond=0)
    visit = {"contact": ada, "service": massage, "staff": sara}
    soon = BookedFactory(**visit, starts_at=now + DAY / 48)
    later = BookedFactory(**visit, starts_at=now + 9 * DAY)
    desk = Receptionist(browser, address, DESK, sara)
    page = desk.page

    # She is here.
    desk.open(
        f"/bookings/calendar/?date={timezone.localdate(soon.starts_at, Business.objects.current().zone)}"
    )
    desk.click(page.get_by_role("button", name="Arrived: Ada Lovelace"))
    expect(page.locator(".visit", has_text="Ada")).to_contain_text("Here 0 min")
    assert desk.clicks == 1
    assert Booking.objects.get(pk=soon.pk).status == Booking.Status.ARRIVED

    # Did she get the reminder?
    desk.open("/bookings/")
    desk.click(page.locator(f'a[href="{later.get_absolute_url()}"]'))
    expect(page.get_by_role("link", name="Reminder", exact=True)).to_be_visible()
    assert desk.clicks == 1

    # Her form, once more.
    desk.open(later.get_absolute_url())
    desk.click(page.get_by_role("button", name="Send again"))
    expect(page.locator(".flash")).to_be_visible()
    assert desk.clicks == 1
    assert (
        Message.objects.filter(about_key=subject_key(later), rule="form_reminder", sent_by=sara).count() == 1
    )
    assert desk.errors == []


def test_enter_opens_the_only_hit_three_clicks_block_an_hour_and_one_uses_up_one(browser, address, sara, ada):
    ContactFactory(name="Bob Bell")
    gloves = ItemFactory(name="Gloves")
    desk = Receptionist(browser, address, DESK, sara)
    page = desk.page

    for path, field in [("/", "Find a person by name, email or phone"), ("/contacts/", "Search contacts")]:
        desk.open(path)
        page.get_by_label(field).fill("lovel")
        page.get_by_label(field).press("Enter")
        page.wait_for_url(address + ada.get_absolute_url())

    tomorrow = timezone.localdate(timezone=Business.objects.current().zone) + DAY
    desk.open(f"/bookings/calendar/?date={tomorrow}")
    desk.click(page.locator(".cell").first)
    desk.click(page.get_by_role("link", name="Block an hour from"))
    desk.click(page.get_by_role("button", name="Add time off"))
    page.get_by_text("Added time off for Sara Staff.").wait_for()
    assert desk.clicks == 3
    assert sara.time_off.count() == 1

    desk.open("/inventory/")
    desk.click(page.get_by_role("button", name="Use one Gloves"))
    page.get_by_text("Used 1").first.wait_for()
    assert desk.clicks == 1
    assert Item.objects.get(pk=gloves.pk).on_hand == gloves.on_hand - 1
    assert desk.errors == []


def test_monday_is_copied_and_saved_by_one_click_without_scripts(browser, address):
    amir = UserFactory(name="Amir Admin", email="amir@careops.example", role=ADMIN)
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([live.session_of(amir, address)])
    page = context.new_page()

    page.goto(f"{address}/bookings/hours/{amir.pk}/")
    page.get_by_label("Monday").fill("9-12, 1-5")
    page.get_by_role("button", name="Copy Monday").click()

    page.get_by_text("Saved the hours of Amir Admin, Tuesday to Friday as Monday.").wait_for()
    expect(page.get_by_label("Friday")).to_have_value("09:00–12:00, 13:00–17:00")
    assert sorted(amir.working_hours.values_list("weekday", "start", "end")) == [
        (weekday, *hours) for weekday in range(5) for hours in [(540, 720), (780, 1020)]
    ]


def test_a_time_at_which_nobody_works_is_booked_with_a_reason(browser, address, sara, massage, ada):
    away = timezone.now() + 9 * DAY
    TimeOffFactory(staff=sara, starts_at=away - DAY, ends_at=away + DAY, reason="Dentist")
    wall = timezone.localtime(away, Business.objects.current().zone)
    query = f"contact={ada.pk}&service={massage.pk}&staff={sara.pk}&starts_at={wall:%Y-%m-%dT%H:%M}"
    desk = Receptionist(browser, address, DESK, sara)
    page = desk.page

    desk.open(f"/bookings/new/?{query}")
    page.locator(".foretold__refusal", has_text="Dentist").wait_for()
    desk.click(page.get_by_role("button", name="Book", exact=True))
    page.get_by_label("Book it anyway, because").fill("She begged")
    page.keyboard.press("Tab")
    page.get_by_text("Confirmation now, by email").wait_for()
    desk.click(page.get_by_role("button", name="Book", exact=True))
    page.get_by_text("Against hours, days or buffers, on purpose:").wait_for()
    assert desk.clicks == 2
    assert Booking.objects.get().overrule_reason == "She begged"
    assert desk.errors == []
