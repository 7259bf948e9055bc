"""What clipboards leave in names, numbers and addresses without anybody seeing it."""

import pytest
from django import forms
from django.urls import get_resolver

from careops.core.unseen import VisibleEmailField, VisibleField, VisibleMixin, plain_email, seen

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
NOT_SHOWN = {"website", "text_regions"}  # a trap for machines, and codes that are checked one by one


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("\u202a+44 7400 654321\u202c", "+44 7400 654321"),
        ("ida.exemplar@example.net\u200b", "ida.exemplar@example.net"),
        ("\ufeffIda\xad Exem\u200dplar\u2069", "Ida Exemplar"),
        ("\u202eadI\u2066", "adI"),
        ("I\x00d\x1ba\x9b\ud800", "Ida"),
        ("\u3164", ""),
        ("Ida\u2028Exemplar\r\nx\x85y", "Ida\nExemplar\nx\ny"),
        ("Ida\U000e0041\U000e0042", "Ida"),
        ("a\u200cb", "ab"),
    ],
)
def test_what_nobody_sees_is_dropped(typed, meant):
    assert seen(typed) == meant


@pytest.mark.parametrize(
    "text",
    ["Ida\tExemplar\n", "Zoë \N{MINUS SIGN} ß", FAMILY, ENGLAND, "\u2764\ufe0f", "علی\u200cرضا", "क्\u200dष"],
)
def test_what_words_and_pictures_need_stays(text):
    assert seen(text) == text


def test_a_field_looks_at_what_is_left():
    assert VisibleField(max_length=3).clean(" \u202aIda\u202c ") == "Ida"
    assert VisibleEmailField().clean("\u200bida@example.net\ufeff") == "ida@example.net"
    with pytest.raises(forms.ValidationError):
        VisibleField().clean("\u200b\u2060")


def test_a_mailbox_has_a_name_that_servers_take():
    assert VisibleEmailField().clean(f"{'x' * 64}@example.net")
    with pytest.raises(forms.ValidationError, match="more than 64"):
        VisibleEmailField().clean(f"{'x' * 65}@example.net")


def forms_below(base):
    for form in base.__subclasses__():
        yield form
        yield from forms_below(form)


def test_every_field_of_one_line_drops_them():
    assert get_resolver().url_patterns  # every form that a page shows is loaded by now
    ours = ("accounts.", "alerts.", "bookings.", "careops.", "contacts.", "inventory.", "messaging.")
    found = [
        (form.__qualname__, name, field)
        for form in forms_below(forms.BaseForm)
        if form.__module__.startswith(ours) and ".tests." not in form.__module__
        for name, field in form.base_fields.items()
        if isinstance(field, forms.EmailField)
        or (type(field) in {forms.CharField, VisibleField} and isinstance(field.widget, forms.TextInput))
    ]

    hold = [(form, name) for form, name, field in found if not isinstance(field, VisibleMixin)]
    assert len(found) > 40
    assert {name for _, name in hold} == NOT_SHOWN


def test_an_address_is_kept_and_compared_in_one_form():
    assert plain_email(" \u202aIda.Exemplar@Example.NET\u200b ") == "ida.exemplar@example.net"
