"""Customers see to a visit of theirs."""

from django.views.generic import TemplateView

from accounts.public import PublicMixin


class VisitView(PublicMixin, TemplateView):
    template_name = "bookings/public/visit.html"
