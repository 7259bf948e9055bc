"""What every page has in common that customers open: no sign-in, a limit to how often, and kept by nobody."""

from allauth.core.internal import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator

from accounts.models import Business

NEVER_KEPT = {
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


@method_decorator(login_not_required, name="dispatch")
class PublicMixin:
    """For views that anybody may open. Times are those of the business, which the page knows as ``business``.

    :ivar rate: how often somebody may ask, as allauth writes it
    :ivar is_private: whether the address is a secret of its own, so that neither caches nor search engines keep it
    """

    rate = "60/m/ip"
    is_private = True

    def dispatch(self, request, *args, **kwargs):
        self.business = Business.objects.current()
        timezone.activate(self.business.zone)
        action = type(self).__name__
        if not ratelimit.consume(
            request, app="public", action=action, config={action: self.rate}, limit_get=True
        ):
            response = render(request, "public/too_many.html", {"business": self.business}, status=429)
        elif not self.business.is_active:
            response = render(request, "public/closed.html", {"business": self.business}, status=404)
        else:
            response = super().dispatch(request, *args, **kwargs)
        for name, value in NEVER_KEPT.items() if self.is_private else ():
            response.headers[name] = value
        return response

    def get_context_data(self, **kwargs):
        return super().get_context_data(business=self.business, **kwargs)
