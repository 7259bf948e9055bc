"""Customers book by themselves."""

from django.views.generic import TemplateView

from accounts.public import PublicMixin


class BookView(PublicMixin, TemplateView):
    template_name = "bookings/public/book.html"
