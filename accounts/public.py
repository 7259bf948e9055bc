"""What every page has in common that customers open: no sign-in, a limit to how often, and kept by nobody."""

import datetime

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator

from accounts import limits
from accounts.adapter import network_of
from accounts.models import Business

MINUTE, HOUR = datetime.timedelta(minutes=1), datetime.timedelta(hours=1)
NEVER_KEPT = {
    "Cache-Control": "no-store, private",
    # Not no-referrer: browsers then hide the origin of our own forms as well, and the CSRF check refuses them.
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}


@method_decorator(login_not_required, name="dispatch")
class PublicMixin:
    """For views that anybody may open. Times are those of the business, which the page knows as ``business``.

    :ivar pages_a_minute: how often somebody may ask
    :ivar posts_an_hour: how often somebody may make something; the view counts it with `may_make`
    :ivar is_private: whether the address is a secret of its own, so that neither caches nor search engines keep it
    """

    pages_a_minute = 60
    posts_an_hour = 10
    is_private = True

    def dispatch(self, request, *args, **kwargs):
        self.business = Business.objects.current()
        timezone.activate(self.business.zone)
        if not self._counts(type(self).__name__, most=self.pages_a_minute, within=MINUTE):
            response = self.too_many()
        elif not self.business.is_active:
            response = render(request, "public/closed.html", {"business": self.business}, status=404)
        else:
            try:
                response = super().dispatch(request, *args, **kwargs)
            except Http404:
                response = render(request, "public/not_found.html", {"business": self.business}, status=404)
        for name, value in NEVER_KEPT.items() if self.is_private else ():
            response.headers[name] = value
        return response

    def may_make(self, what: str) -> bool:
        """Whether whoever asks may make one more of ``what`` within the hour; counts it."""
        return self._counts(what, most=self.posts_an_hour, within=HOUR)

    def _counts(self, what: str, *, most: int, within: datetime.timedelta) -> bool:
        where = network_of(self.request)
        return limits.allow(f"public-{what}", where, most=most, within=within, now=timezone.now())

    def too_many(self):
        return render(self.request, "public/too_many.html", {"business": self.business}, status=429)

    def get_context_data(self, **kwargs):
        return super().get_context_data(business=self.business, **kwargs)
