"""The way back to the page whose button was pressed, which its form names in the field ``next``."""

from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

LONGEST = 2000  # characters; Django redirects to nothing much longer


def back_to_button(request: HttpRequest, *, otherwise: object) -> HttpResponseRedirect:
    """Back to the page that was left, where it is one of ours.

    :param otherwise: what `redirect` takes, for a form that names no such page
    """
    page = request.POST.get("next", "")
    is_ours = len(page) <= LONGEST and url_has_allowed_host_and_scheme(
        page, {request.get_host()}, request.is_secure()
    )
    return HttpResponseRedirect(page) if is_ours else redirect(otherwise)
