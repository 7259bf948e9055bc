"""Hours as people write them, and what is said about what cannot be."""

import re

import pytest

from bookings.times.typed import ASK, IN_ORDER, read_hours


def read(text):
    return ", ".join(str(hours) for hours in read_hours(text))


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("", ""),
        ("9-13", "09:00–13:00"),
        ("9–13, 14:00 to 17.30", "09:00–13:00, 14:00–17:30"),
        ("14-18 and 09:00 — 12:15;", "09:00–12:15, 14:00–18:00"),
        ("22-24", "22:00–24:00"),
        ("22:00-00:00", "22:00–24:00"),
        ("9-12,12-13", "09:00–12:00, 12:00–13:00"),
    ],
)
def test_hours_are_read_by_the_24_hour_clock(typed, hours):
    assert read(typed) == hours


@pytest.mark.parametrize(
    "typed",
    [
        *["9-5", "9 to 5", "9am-5pm", "9 a.m. – 5 p.m.", "9-5pm", "9am-5", "9 AM until 5 PM", "9:00–17:00"],
        *["09.00-17.00", "0900-1700", "900-1700", "9.00-5.00", "09:00 till 5"],
    ],
)
def test_nine_to_five_is_read_however_it_is_written(typed):
    assert read(typed) == "09:00–17:00"


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("9-12, 1-5", "09:00–12:00, 13:00–17:00"),
        ("9-12 & 1-5", "09:00–12:00, 13:00–17:00"),
        ("9-1, 2-6, 7-9", "09:00–13:00, 14:00–18:00, 19:00–21:00"),
        ("8-12, 12-4", "08:00–12:00, 12:00–16:00"),
        ("9-13, 2-6", "09:00–13:00, 14:00–18:00"),
        ("9.30-12.15; 1.30-5.45", "09:30–12:15, 13:30–17:45"),
    ],
)
def test_hours_go_on_from_the_stretch_before(typed, hours):
    assert read(typed) == hours


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("1-5pm", "13:00–17:00"),
        ("11-1pm", "11:00–13:00"),
        ("8-11am", "08:00–11:00"),
        ("12-8", "12:00–20:00"),
        ("12am-6am", "00:00–06:00"),
        ("10pm-12am", "22:00–24:00"),
        ("9-9", "09:00–21:00"),
    ],
)
def test_halves_of_the_day_are_understood(typed, hours):
    assert read(typed) == hours


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("nine to five", ASK),
        ("9", ASK),
        ("9-", ASK),
        ("9-13" * 100, ASK),
        ("9-13:60", "There is no such time."),
        ("9-25", "There is no such time."),
        ("13pm-5pm", "There is no such time."),
        ("23-24:30", "A day ends at 24:00."),
        ("13-9", "13:00–09:00 ends before it starts."),
        ("22-6", "For a night, write 22–24 and 0–6 on the next day."),
        ("09:00-05:00", "09:00–05:00 ends before it starts."),
        ("24-24", "24:00–24:00 ends before it starts."),
        ("9-13, 12-14", "09:00–13:00 and 12:00–14:00 overlap."),
        ("9-12, 11-13", "09:00–12:00 and 11:00–13:00 overlap."),
        ("9-12, 10-1", "09:00–12:00 and 10:00–13:00 overlap."),
        ("10-2, 1-4", "10:00–14:00 and 13:00–16:00 overlap."),
        ("9-12, 1-5, 4-6", "13:00–17:00 and 16:00–18:00 overlap."),
        ("14-18, 9-11", IN_ORDER),
        ("1-5", "Morning or afternoon? Write 13:00–17:00, or 01:00–05:00."),
        ("1-2,3-4,5-6,7-8,9-10,11-12,13-14", "At most 6 stretches"),
    ],
)
def test_what_cannot_be_is_refused_in_words(typed, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        read_hours(typed)
