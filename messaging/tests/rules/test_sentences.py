import pytest

from messaging.models import Rule
from messaging.words import durations
from messaging.words.rules import STANDARDS

DAY = 24 * 60


def sentence(code, **changes):
    rule = Rule.standard_of(code)
    for name, value in changes.items():
        setattr(rule, name, value)
    return rule.sentence


# --- Durations ---


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("1 day", DAY),
        ("2 hours", 120),
        ("30 minutes", 30),
        ("1 week", 7 * DAY),
        ("2w", 14 * DAY),
        ("1d", DAY),
        ("12 H", 720),
        (" 45  min ", 45),
        ("3hrs", 180),
        ("at once", 0),
        ("At Once", 0),
        ("0 minutes", 0),
        ("60 days", 60 * DAY),
    ],
)
def test_a_time_is_read_as_people_write_it(text, minutes):
    assert durations.parse(text) == minutes


@pytest.mark.parametrize(
    "text", ["", "day", "1", "1 month", "1 day 2 hours", "-1 day", "1.5 hours", "١ day", "1 day!", "5 m"]
)
def test_anything_else_is_no_time(text):
    with pytest.raises(ValueError, match=r"is not a time\. Write it as 1 day, 2 hours or 30 minutes\."):
        durations.parse(text)


@pytest.mark.parametrize("text", ["61 days", "9 weeks", "99999 weeks"])
def test_a_time_has_a_bound(text):
    with pytest.raises(ValueError, match="60 days is the most"):
        durations.parse(text)


def test_several_times_are_sorted_the_longest_first():
    assert durations.parse_several("2 hours, 1 week,1 day,") == [7 * DAY, DAY, 120]


def test_the_same_time_twice_is_refused():
    with pytest.raises(ValueError, match="1 day and 24 hours are the same time"):
        durations.parse_several("1 day, 24 hours")


@pytest.mark.parametrize("minutes", [0, 1, 30, 60, 90, 120, DAY, DAY + 60, 7 * DAY, 10 * DAY])
def test_what_is_shown_can_be_typed_again(minutes):
    assert durations.parse(durations.words(minutes)) == minutes


@pytest.mark.parametrize(
    ("minutes", "words"), [(DAY, "one day"), (120, "two hours"), (90, "90 minutes"), (11 * DAY, "11 days")]
)
def test_a_sentence_spells_small_numbers(minutes, words):
    assert durations.spelled(minutes) == words


# --- Sentences ---


def test_every_rule_says_what_it_does_in_a_sentence():
    for code in STANDARDS:
        words = sentence(code)
        assert words[0].isupper(), words
        assert words.endswith("."), words
        assert "{" not in words, words


@pytest.mark.parametrize(
    ("leads", "words"),
    [
        ([DAY], "One day before a visit, remind people of it by email, else by SMS."),
        (
            [DAY, 120],
            "One day and again two hours before a visit, remind people of it by email, else by SMS.",
        ),
        (
            [2 * DAY, DAY, 120],
            "Two days, one day and again two hours before a visit, remind people of it by email, else by SMS.",
        ),
    ],
)
def test_the_sentence_of_the_reminder_names_each_time(leads, words):
    assert sentence("reminder", leads=leads) == words


def test_the_sentence_names_the_channels_in_their_order():
    assert sentence("confirmation", channels=["sms", "email"]) == (
        "When a visit is booked, confirm it at once by SMS, else by email."
    )
    assert sentence("confirmation", channels=["sms"]) == "When a visit is booked, confirm it at once by SMS."


@pytest.mark.parametrize(
    ("cap", "words"), [(1, "at most once"), (2, "at most twice"), (5, "at most 5 times")]
)
def test_the_sentence_of_the_form_reminder_says_how_often(cap, words):
    assert words in sentence("form_reminder", cap=cap)


def test_the_sentence_of_a_rule_with_a_delay_names_it():
    assert sentence("moved", delay=0).startswith(
        "When a visit is moved, tell people the new time at once, by"
    )
    assert sentence("moved", delay=3).startswith(
        "When a visit is moved, tell people the new time three minutes later, by"
    )
    assert sentence("thank_you", delay=0) == "Right after a visit, say thank you by email."
    assert sentence("thank_you", delay=120) == "Two hours after a visit, say thank you by email."
