import pytest
from django.contrib.messages.storage.base import Message

from careops.core.flashes import Undo, undo_of

SUCCESS = 25


@pytest.mark.parametrize(
    ("tags", "undo"),
    [
        ("", None),
        (None, None),
        ("success", None),
        ("undo:/bookings/3/reopen/", Undo("/bookings/3/reopen/", [])),
        (
            "undo:/bookings/3/reopen/?tell=on&a=b%20c",
            Undo("/bookings/3/reopen/", [("tell", "on"), ("a", "b c")]),
        ),
    ],
)
def test_a_message_offers_the_way_back_it_was_given(tags, undo):
    assert undo_of(Message(SUCCESS, "Done.", extra_tags=tags)) == undo
