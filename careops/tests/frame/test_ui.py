"""Icons, people, quick filters, and pages that must work when little else does."""

import datetime as dt
import re
from decimal import Decimal
from types import SimpleNamespace

import pytest
import time_machine
from django.conf import settings
from django.template import Context, Template, loader
from django.test import RequestFactory
from django.utils import timezone
from lucide import IconDoesNotExist

from careops.core import icons, moments, people
from careops.styleguide import StyleGuideView
from careops.templatetags import ui

NOW = dt.datetime(2026, 11, 24, 14, 30, tzinfo=dt.UTC)
TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))


@pytest.fixture(autouse=True)
def _noon_in_november():
    with time_machine.travel(NOW, tick=False), timezone.override("UTC"):
        yield


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("clock", NOW, "14:30"),
        ("clock", dt.time(9, 5), "09:05"),
        ("day", NOW, "Tue 24 Nov"),
        ("day", dt.date(2027, 1, 1), "Fri 1 Jan 2027"),
        ("when", NOW, "Tue 24 Nov, 14:30"),
        ("when", NOW.replace(year=2025), "Mon 24 Nov 2025, 14:30"),
        ("ago", NOW - dt.timedelta(seconds=59), "just now"),
        ("ago", NOW - dt.timedelta(minutes=5), "5 min ago"),
        ("ago", NOW - dt.timedelta(minutes=119), "1 h ago"),
        ("ago", NOW - dt.timedelta(days=1), "1 day ago"),
        ("ago", NOW - dt.timedelta(days=3, hours=23), "3 days ago"),
        ("ago", NOW - dt.timedelta(days=7), "Tue 17 Nov"),
        ("ago", NOW + dt.timedelta(hours=1), "Tue 24 Nov, 15:30"),
        ("capped", 99, "99"),
        ("capped", 100, "99+"),
        ("initials", "Ada King Lovelace", "AL"),
        ("initials", "Élodie", "É"),
        ("initials", "maria@example.org", "M"),
        ("initials", "maria.okafor@example.org", "MO"),
        ("quantity", Decimal("2.500"), "2.5"),
        ("quantity", Decimal("100.00"), "100"),
        ("quantity", Decimal("1E+2"), "100"),
        ("quantity", Decimal("-0.00"), "0"),
        ("quantity", -3, "\N{MINUS SIGN}3"),
        ("signed", Decimal("2.50"), "+2.5"),
        ("signed", Decimal("-2.50"), "\N{MINUS SIGN}2.5"),
        ("signed", 0, "0"),
    ],
)
def test_filter_says(name, value, text):
    assert ui.register.filters[name](value) == text


@pytest.mark.parametrize(
    ("arguments", "written"),
    [
        ("at", '<time datetime="2026-11-24T14:30+00:00">Tue 24 Nov, 14:30</time>'),
        ('at "clock"', '<time datetime="2026-11-24T14:30+00:00">14:30</time>'),
        ('at "day" "strong"', '<time class="strong" datetime="2026-11-24">Tue 24 Nov</time>'),
        ('at "in_full"', '<time datetime="2026-11-24T14:30+00:00">Tuesday 24 November 2026, 14:30</time>'),
        ('at "weekday"', '<time datetime="2026-11-24">Tuesday 24 November</time>'),
        ('at.date "day"', '<time datetime="2026-11-24">Tue 24 Nov</time>'),
        ("nothing", ""),
    ],
)
def test_a_moment_is_an_element_that_machines_can_read(arguments, written):
    at = NOW.replace(microsecond=123456)

    assert Template(f"{{% time {arguments} %}}").render(Context({"at": at, "nothing": None})) == written


def test_no_template_writes_the_element_by_hand():
    by_hand = [
        f"{path.relative_to(settings.BASE_DIR)}: {line.strip()}"
        for path in TEMPLATES
        for line in path.read_text().splitlines()
        if "<time" in line
    ]
    assert by_hand == []


@pytest.mark.parametrize("name", ["clock", "day", "when", "ago", "capped", "initials", "quantity", "signed"])
def test_filter_says_nothing_about_none(name):
    assert Template(f"{{{{ value|{name} }}}}").render(Context({"value": None})) == ""


def test_times_are_those_of_the_current_time_zone():
    with timezone.override("America/New_York"):
        text = moments.when(dt.datetime(2026, 11, 25, 3, 0, tzinfo=dt.UTC))

    assert text == "Tue 24 Nov, 22:00"


@pytest.mark.parametrize(
    ("zone", "at", "text"),
    [
        ("Europe/London", "2026-10-25T00:30", "Sun 25 Oct, 01:30 (UTC+1)"),
        ("Europe/London", "2026-10-25T01:30", "Sun 25 Oct, 01:30 (UTC+0)"),
        ("Europe/London", "2026-10-24T23:59", "Sun 25 Oct, 00:59"),
        ("Europe/London", "2026-10-25T02:00", "Sun 25 Oct, 02:00"),
        ("Europe/London", "2026-03-29T01:30", "Sun 29 Mar, 02:30"),
        ("America/St_Johns", "2026-11-01T04:15", "Sun 1 Nov, 01:45 (UTC-2:30)"),
        ("Australia/Lord_Howe", "2026-04-04T15:15", "Sun 5 Apr, 01:45 (UTC+10:30)"),
        ("Asia/Tokyo", "2026-10-25T00:30", "Sun 25 Oct, 09:30"),
    ],
)
def test_an_hour_that_comes_twice_is_named_with_its_offset(zone, at, text):
    with timezone.override(zone):
        assert moments.when(dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC)) == text


def test_hue_is_one_of_twelve_and_stays():
    hues = [people.hue(number) for number in range(200)]

    assert set(hues) == set(range(1, 13))
    assert hues == [people.hue(str(number)) for number in range(200)]


def test_person_of_a_list_is_escaped_and_leads_to_their_page():
    somebody = SimpleNamespace(
        pk=7, name="<script>alert(1)</script> & Sons", email='"><script>@client.example'
    )

    cell = Template('{% person somebody "/people/" %}').render(Context({"somebody": somebody}))

    assert "<script>" not in cell
    assert ">&lt;script&gt;alert(1)&lt;/script&gt; &amp; Sons</a>" in cell
    assert ">&quot;&gt;&lt;script&gt;@client.example</span>" in cell
    assert 'aria-hidden="true">&lt;S</span>' in cell
    assert 'href="/people/7/"' in cell


def test_person_without_an_address_has_no_second_line():
    somebody = SimpleNamespace(pk=7, name="Ada", email="")

    assert "person__detail" not in people.person(somebody, "/people/")


def test_icon_is_decoration_and_a_wrong_name_is_noticed():
    svg = icons.icon("calendar", 16)

    assert 'aria-hidden="true"' in svg
    assert 'width="16"' in svg
    with pytest.raises(IconDoesNotExist):
        icons.icon("no-such-icon")


def test_every_icon_that_a_template_names_exists():
    names = {
        name
        for path in TEMPLATES
        for name in re.findall(r'{% icon "([^"]+)"|\bicon(?:_name)?="([^"]+)"', path.read_text())
        for name in name
        if name
    }

    assert len(names) > 20
    for name in names:
        assert icons.icon(name)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_templates_are_small(path):
    assert len(path.read_text().splitlines()) <= 80


def test_stylesheets_are_small_and_each_component_is_imported():
    css = settings.BASE_DIR / "static" / "css"
    imported = (css / "careops.css").read_text()

    for path in (css / "components").glob("*.css"):
        assert f'"components/{path.name}"' in imported
    for path in css.rglob("*.css"):
        assert len(path.read_text().splitlines()) <= 150, path


@pytest.mark.parametrize("name", ["500.html", "503.html"])
def test_page_of_a_fault_needs_nothing(name):
    page = loader.get_template(name).render()

    assert "<h1>" in page
    assert 'href="/static/css/careops.css"' in page


def test_style_guide_shows_every_component_in_both_themes():
    page = StyleGuideView.as_view()(RequestFactory().get("/styleguide/")).render().content.decode()

    for theme in ("light", "dark"):
        assert f'data-bs-theme="{theme}"' in page
        assert f'id="{theme}_email"' in page
