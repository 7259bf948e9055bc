"""The list of bookings, and one of them."""

import datetime
import itertools

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.utils import timezone
from django.views.generic import DetailView, ListView

from bookings import states
from bookings.desk.filters import BookingFilterForm
from bookings.intake import asking
from bookings.models import Booking
from careops.core.pagination import KeysetListMixin


class BookingListView(PermissionRequiredMixin, KeysetListMixin, ListView):
    permission_required = "bookings.view_booking"
    template_name = "bookings/desk/booking_list.html"
    paginate_by = 50

    def get_queryset(self):
        self.form = BookingFilterForm(self.request.GET, today=timezone.localdate())
        self.form.is_valid()  # what is wrong is said above the list
        first, todo = (self.form.cleaned_data.get(name) for name in ("from", "todo"))
        # Without a beginning: backwards; but what is to come and waits, the soonest first.
        is_forward = first or "from" in self.form.errors or todo in {"confirm", "coming"}
        self.keyset = ("starts_at", "pk") if is_forward else ("-starts_at", "-pk")
        bookings = asking.with_missing_forms(self.form.bookings(now=timezone.now()).for_list())
        return bookings.order_by(*self.keyset)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        days = itertools.groupby(context["page_obj"], lambda booking: timezone.localdate(booking.starts_at))
        return context | {
            "form": self.form,
            "days": [(day, list(bookings)) for day, bookings in days],
            "today": self.form.today,
            "tomorrow": self.form.today + datetime.timedelta(days=1),
        }


class BookingDetailView(PermissionRequiredMixin, DetailView):
    permission_required = "bookings.view_booking"
    template_name = "bookings/desk/booking_detail.html"
    queryset = Booking.objects.for_detail()

    def get_context_data(self, **kwargs):
        now = timezone.now()
        booking = self.object
        moves = {move.name for move in states.legal_moves(booking, now=now)}
        return super().get_context_data(**kwargs) | {
            "moves": moves,
            "is_ahead": booking.is_confirmed and now < booking.starts_at,
            "is_paused": booking.contact.conversation.is_paused(now=now),
            "can_undo_late": "reopen" not in moves
            and not states.UNDO.refusal(booking, now, overruled=True)
            and self.request.user.has_perm("bookings.undo_late_booking"),
        }
