"""The token of a form: given out once, signed, kept while the form is shown again."""

import uuid

import pytest
from django import forms

from careops.core.once import OnceField, new_token


class Form(forms.Form):
    name = forms.CharField()
    once = OnceField()


def test_no_two_forms_carry_the_same_token():
    assert len({Form()["once"].value() for _ in range(20)}) == 20


def test_a_token_comes_back_as_what_it_stands_for():
    token = new_token()

    form = Form({"name": "Ada", "once": token})

    assert form.is_valid()
    assert form.cleaned_data["once"] == uuid.UUID(hex=token.split(":")[0])


@pytest.mark.parametrize("missing", [{}, {"once": ""}])
def test_a_form_without_a_token_is_taken(missing):
    form = Form({"name": "Ada", **missing})

    assert form.is_valid()
    assert form.cleaned_data["once"] is None


@pytest.mark.parametrize("forged", ["0f3c" * 8, "0f3c" * 8 + ":nonsense", "x" * 10_000, "\x00", ":", "é:é"])
def test_a_token_that_is_not_ours_is_refused_and_gives_way_to_a_new_one(forged):
    form = Form({"name": "Ada", "once": forged})

    assert form.errors == {"once": ["This page was out of date. Send it again."]}
    assert Form({"name": "Ada", "once": form["once"].value()}).is_valid()


def test_a_form_that_is_shown_again_keeps_its_token():
    token = new_token()

    form = Form({"name": "", "once": token})

    assert not form.is_valid()
    assert form["once"].value() == token
