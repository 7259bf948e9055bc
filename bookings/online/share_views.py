"""The link to the booking page, to hand out, print and put on a website."""

import segno
from django.conf import settings
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.urls import reverse
from django.utils.http import urlencode
from django.views.generic import TemplateView

from bookings.online.share_form import ShareForm


class ShareView(PermissionRequiredMixin, TemplateView):
    permission_required = "bookings.view_service"
    template_name = "bookings/online/share.html"

    def get_context_data(self, **kwargs):
        form = ShareForm(self.request.GET)
        query = f"?{urlencode(form.chosen)}" if form.chosen else ""
        link = settings.ALLOWED_ORIGINS[0] + reverse("book") + query
        # As an image and not inline: a code is dark on white whatever the theme.
        code = segno.make(link, error="m").svg_data_uri(scale=6, border=3, light="white")
        return super().get_context_data(form=form, link=link, code=code, **kwargs)
