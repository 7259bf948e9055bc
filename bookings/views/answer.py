"""Customers answer an intake form."""

from django.views.generic import TemplateView

from accounts.public import PublicMixin


class AnswerView(PublicMixin, TemplateView):
    template_name = "bookings/public/answer.html"
