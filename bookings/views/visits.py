"""The pages of bookings: the list, the one screen on which they are made or changed, and one of them."""

import datetime
import itertools
import re

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property
from django.views.generic import DetailView, FormView, ListView

from accounts.models import User
from bookings import services, states
from bookings.foretell import foretell, foretell_change
from bookings.forms.filters import BookingFilterForm
from bookings.forms.visits import BookingCreateForm, BookingForm, CancelForm
from bookings.models import Booking
from careops.once import OnceMixin, SentBefore
from careops.pagination import KeysetListMixin
from contacts.models import Contact

MATCHES = 12  # as many people as fit under a search field


class BookingListView(PermissionRequiredMixin, KeysetListMixin, ListView):
    permission_required = "bookings.view_booking"
    paginate_by = 50

    def get_queryset(self):
        self.form = BookingFilterForm(self.request.GET, today=timezone.localdate())
        self.form.is_valid()  # what is wrong is said above the list
        wanted = self.form.cleaned_data
        first = wanted.get("from", self.form.today)
        self.keyset = (
            ("starts_at", "pk") if first else ("-starts_at", "-pk")
        )  # without a beginning: backwards
        bookings = Booking.objects.for_list().on_days(first, wanted.get("to")).order_by(*self.keyset)
        if wanted.get("status"):
            bookings = bookings.filter(status=wanted["status"])
        if wanted.get("staff"):
            bookings = bookings.filter(staff=wanted["staff"])
        if wanted.get("q"):
            bookings = bookings.filter(contact__in=Contact.objects.search(wanted["q"]).order_by())
        return bookings.outcome_missing(now=timezone.now()) if wanted.get("outcome") else bookings

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        days = itertools.groupby(context["page_obj"], lambda booking: timezone.localdate(booking.starts_at))
        return context | {
            "form": self.form,
            "days": [(day, list(bookings)) for day, bookings in days],
            "today": self.form.today,
            "tomorrow": self.form.today + datetime.timedelta(days=1),
        }


class BookingFormView(PermissionRequiredMixin, FormView):
    """The one screen on which a booking is made or changed; ``call_service`` says which."""

    template_name = "bookings/booking_form.html"
    form_class = BookingForm

    def form_valid(self, form):
        wanted = form.cleaned_data.copy()
        try:
            booking = self.call_service(**wanted, by=self.request.user, now=timezone.now())
        except ValidationError as error:
            form.add_error(None, error)
            return self.form_invalid(form)
        except services.SlotTaken as refusal:
            form.add_error("starts_at", str(refusal))
            return self.refused(form, visits=_visits(wanted["staff"], wanted["starts_at"]))
        except (services.TransitionRefused, services.BookedAlready) as refusal:
            form.add_error(None, str(refusal))
            return self.refused(form)
        messages.success(self.request, f"{self.done} {booking}.")
        return redirect(booking)

    def refused(self, form, **context):
        return self.render_to_response(self.get_context_data(form=form, **context), status=409)


def _visits(staff: User, at: datetime.datetime):
    """What keeps ``staff`` busy on the day that was asked for."""
    day = timezone.localdate(at)
    return Booking.objects.holding_time().filter(staff=staff).on_days(day, day).for_list()


class BookingCreateView(OnceMixin, BookingFormView):
    permission_required = "bookings.add_booking"
    form_class = BookingCreateForm
    done = "Booked"

    @cached_property
    def contact(self) -> Contact | None:
        key = self.request.POST.get("contact") or self.request.GET.get("contact")
        return _found(Contact.objects.select_related("conversation__paused_by"), key) if key else None

    def get(self, request):
        return super().get(request) if self.contact else _choose_contact(request)

    def post(self, request):
        return super().post(request) if self.contact else _choose_contact(request)

    def get_initial(self):
        names = ("service", "staff", "starts_at")
        return {name: self.request.GET.get(name) for name in names}

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        form = context["form"]
        consequences = foretell(
            contact=self.contact,
            service=form.service_so_far,
            starts_at=form.start_so_far,
            now=timezone.now(),
        )
        return context | {"contact": self.contact, "consequences": consequences}

    def form_valid(self, form):
        try:
            return super().form_valid(form)
        except SentBefore as refusal:
            return self.sent_before(form, refusal)
        except services.ContactGone as gone:
            messages.error(self.request, f"{gone} Nothing was booked.")
            return redirect("bookings:create")

    def call_service(self, **values) -> Booking:
        return services.create_booking(contact=self.contact, **values)


def _found(queryset, key: str):
    if not re.fullmatch("[0-9]{1,18}", key):
        raise Http404("There is no such row.")
    return get_object_or_404(queryset, pk=key)


def _choose_contact(request: HttpRequest):
    """The first step of booking: who is it for? While somebody types, only the matches come back."""
    text = request.GET.get("q", "").strip()[:120]
    matches = Contact.objects.search(text) if text else Contact.objects.for_list()
    kept = request.GET.copy()
    for name in ("q", "contact"):
        kept.pop(name, None)
    context = {"text": text, "matches": matches[:MATCHES], "kept": kept}
    template = "bookings/_matches.html" if request.htmx else "bookings/choose_contact.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


class BookingEditView(BookingFormView):
    permission_required = "bookings.change_booking"
    done = "Saved"

    @cached_property
    def booking(self) -> Booking:
        return get_object_or_404(Booking.objects.for_detail(), pk=self.kwargs["pk"])

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"booking": self.booking}

    def get_initial(self):
        names = ("service", "staff", "starts_at", "notes", "notes_for_customer", "version")
        asked = {name: self.request.GET[name] for name in names[:3] if name in self.request.GET}
        return {name: getattr(self.booking, name) for name in names} | asked

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "booking": self.booking,
            "contact": self.booking.contact,
            "consequences": foretell_change(self.booking, now=timezone.now()),
        }

    def call_service(self, **values) -> Booking:
        return services.change_booking(booking=self.booking, **values)

    def refused(self, form, **context):
        # Whoever saves again after the refusal has seen where the booking is now.
        return super().refused(form, version=self.booking.version, **context)


class BookingDetailView(PermissionRequiredMixin, DetailView):
    permission_required = "bookings.view_booking"
    queryset = Booking.objects.for_detail()

    def get_context_data(self, **kwargs):
        now = timezone.now()
        return super().get_context_data(**kwargs) | {
            "moves": {move.name for move in states.legal_moves(self.object, now=now)},
            "is_ahead": self.object.is_confirmed and now < self.object.starts_at,
            "is_paused": self.object.contact.conversation.is_paused(now=now),
            "cancel_form": CancelForm(),
        }
