"""What happens around every request."""

import logging
import re
import time
import uuid

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.shortcuts import render
from django.utils import timezone

from careops import logs
from careops.core.charsets import NOT_UTF8
from careops.core.pages import is_page, page_of
from careops.frame.reading import Frame

logger = logging.getLogger("careops.request")


class RequestIdMiddleware:
    """Name each request, so that its log lines and its answer can be found together, and log how it went.

    The log names the route, never the path or the query: those may hold names and private links.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        given = request.headers.get("X-Request-ID", "")
        request.id = given if re.fullmatch(r"[\w-]{8,64}", given) else uuid.uuid4().hex
        token = logs.request_id.set(request.id)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response.headers["X-Request-ID"] = request.id
            match = request.resolver_match
            logger.info(
                "%s %s",
                request.method,
                match.route if match else "(no route)",
                extra={
                    "status": response.status_code,
                    "ms": round(1000 * (time.perf_counter() - started), 1),
                },
            )
        finally:
            logs.request_id.reset(token)
        return response


class ContentSecurityPolicyMiddleware:
    """Set the policy of SECURE_CSP on every answer. Django 6 brings its own under the same setting."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.policy = "; ".join(f"{name} {' '.join(values)}" for name, values in settings.SECURE_CSP.items())

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"
        )
        return response


class RejectUnreadableMiddleware:
    """Refuse what is not written in UTF-8, and paths and queries with a NUL, which PostgreSQL cannot store.

    `careops.wsgi` marks the former before Django reads it. Form fields refuse a NUL by themselves.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.META.get(NOT_UTF8):
            raise BadRequest("The request is not written in UTF-8.")
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("The address holds a character that cannot be used.")
        return self.get_response(request)


class PageMiddleware(LoginRequiredMiddleware):
    """Lead people to pages: after signing in, and from addresses that only a form is sent to."""

    def __call__(self, request):
        response = super().__call__(request)
        if response.status_code == 405 and request.method == "GET" and not response.content:
            page = render(request, "405.html", {"page": page_of(request.path)}, status=405)
            page.headers["Allow"] = response.headers["Allow"]
            return page
        return response

    def handle_no_permission(self, request, view_func):
        path = request.get_full_path() if request.method in {"GET", "HEAD"} else request.path
        path = path if is_page(request.path) else page_of(request.path)
        return redirect_to_login(path, self.get_login_url(view_func), self.get_redirect_field_name(view_func))


class FrameMiddleware:
    """Load what the frame of the page shows, and show times in the zone of the business.

    No browser keeps such a page: after signing out, Back shows nothing.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if hasattr(request, "frame"):
            response.headers["Cache-Control"] = "no-store, private"
        return response

    def process_view(self, request, view_func, view_args, view_kwargs):
        timezone.deactivate()
        if getattr(view_func, "login_required", True) and request.user.is_authenticated:
            request.frame = Frame.load()
            timezone.activate(request.frame.business.zone)
