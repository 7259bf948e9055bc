"""The way back to the button leads to a page of ours, or to where the caller says."""

import pytest
from django.test import RequestFactory

from careops.core.back import LONGEST, back_to_button


@pytest.mark.parametrize("page", ["/bookings/?todo=confirm", "?tab=all", "http://testserver/contacts/"])
def test_back_to_a_page_of_ours(page):
    request = RequestFactory().post("/", {"next": page})

    assert back_to_button(request, otherwise="/otherwise/").url == page


@pytest.mark.parametrize(
    "page", ["", "https://evil.example/", "//evil.example/", "javascript:alert(1)", "/" + "x" * LONGEST]
)
def test_any_other_page_leads_otherwise(page):
    request = RequestFactory().post("/", {"next": page})

    assert back_to_button(request, otherwise="/otherwise/").url == "/otherwise/"
