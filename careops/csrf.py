"""Forms come from our own pages. Where a browser cannot show that, the page about it tells the truth."""

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_CSRF_TOKEN_MISSING, REASON_NO_CSRF_COOKIE, CsrfViewMiddleware
from django.shortcuts import render

NOT_SHOWN = {"csrfmiddlewaretoken", "once", "opened", "password", "password1", "password2", "oldpassword"}
LONGEST = 20_000  # characters of what was typed that are given back


class CsrfMiddleware(CsrfViewMiddleware):
    """Django's, which also serves browsers that send neither Origin nor Referer over HTTPS.

    Django refuses them because somebody on the line could plant a cookie over HTTP. Ours has the prefix __Host-, by
    which browsers take it over HTTPS from this very host only.
    """

    def _check_referer(self, request: HttpRequest) -> None:
        if request.META.get("HTTP_REFERER"):
            super()._check_referer(request)


def failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say why a form was refused, and give back what was typed; a form of a public page can be sent again at once."""
    has_cookies = reason != REASON_NO_CSRF_COOKIE
    # Nobody signs in for it, so that a forged form could do nothing in somebody's name.
    is_public = not getattr(request.resolver_match.func, "login_required", True)
    typed = [
        (name, value[:LONGEST])
        for name, values in request.POST.lists()
        if name not in NOT_SHOWN
        for value in values
        if value.strip()
    ]
    context = {
        "typed": typed,
        "has_cookies": has_cookies,
        "is_old": has_cookies and reason != REASON_CSRF_TOKEN_MISSING,
        "can_send_again": has_cookies and typed and is_public,
        "fields": [(name, value) for name, values in request.POST.lists() for value in values]
        if is_public
        else [],
    }
    return render(request, "403_csrf.html", context, status=403)
