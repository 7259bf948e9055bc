"""What happens around every request."""

import logging
import re
import time
import uuid

from django.conf import settings
from django.core.exceptions import BadRequest
from django.utils import timezone

from careops import logs
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


class RejectNulMiddleware:
    """Refuse paths and queries with a NUL, which PostgreSQL cannot store; form fields refuse it by themselves."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("The address holds a character that cannot be used.")
        return self.get_response(request)


class FrameMiddleware:
    """Load what the frame of the page shows, and show times in the zone of the business."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view_func, view_args, view_kwargs):
        timezone.deactivate()
        if getattr(view_func, "login_required", True) and request.user.is_authenticated:
            request.frame = Frame.load()
            timezone.activate(request.frame.business.zone)
