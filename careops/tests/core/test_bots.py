"""What keeps machines out of public forms."""

import datetime

import pytest
from django.utils import timezone

from careops.core import bots


class Form(bots.GuardedForm):
    pass


def sent(*, ago, **values):
    return Form({"website": "", "opened": bots.opened(timezone.now() - ago), **values})


def test_a_hand_in_its_own_time_passes():
    form = sent(ago=datetime.timedelta(seconds=30))

    assert form.is_valid()
    assert not form.is_from_a_machine


@pytest.mark.parametrize(
    ("ago", "words"),
    [(datetime.timedelta(), "very quick"), (datetime.timedelta(hours=25), "out of date")],
)
def test_too_quick_and_too_late_are_asked_again(ago, words):
    form = sent(ago=ago)

    assert not form.is_valid()
    assert words in str(form.errors)


@pytest.mark.parametrize("forged", ["", "6", "6:x", "é", "\x00", "x" * 5000])
def test_a_note_that_is_not_ours_is_refused_and_gives_way_to_a_new_one(forged):
    form = sent(ago=datetime.timedelta(minutes=1), opened=forged)

    assert not form.is_valid()
    assert form["opened"].value() != forged


def test_a_form_that_is_shown_again_is_old_enough_the_second_time():
    first = sent(ago=datetime.timedelta())

    assert first["opened"].value() == first.data["opened"]


@pytest.mark.parametrize(("filled", "caught"), [("https://spam.example", True), (" ", False)])
def test_whoever_fills_in_what_nobody_sees_is_a_machine(filled, caught):
    assert sent(ago=datetime.timedelta(minutes=1), website=filled).is_from_a_machine is caught
