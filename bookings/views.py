"""The pages of bookings and of the services that can be booked."""

import datetime
import itertools
import re

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import DetailView, FormView, ListView, View
from django.views.generic.detail import SingleObjectMixin

from accounts.models import User
from bookings import automation, services, states
from bookings.forms import BookingFilterForm, BookingForm, CancelForm, ServiceForm
from bookings.models import Booking, Service
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
        except (services.TransitionRefused, services.MovedMeanwhile) as refusal:
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


class BookingCreateView(BookingFormView):
    permission_required = "bookings.add_booking"
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
        return {"staff": self.request.GET.get("staff"), "starts_at": self.request.GET.get("starts_at")}

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        consequences = automation.foretell(
            contact=self.contact,
            starts_at=context["form"].start_so_far,
            zone=self.request.frame.business.zone,
            now=timezone.now(),
        )
        return context | {"contact": self.contact, "consequences": consequences}

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
        names = ("service", "staff", "starts_at", "notes", "schedule_no")
        return {name: getattr(self.booking, name) for name in names}

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "booking": self.booking,
            "contact": self.booking.contact,
            "consequences": automation.foretell_change(self.booking),
        }

    def call_service(self, **values) -> Booking:
        return services.change_booking(booking=self.booking, **values)

    def refused(self, form, **context):
        # Whoever saves again after the refusal has seen where the booking is now.
        return super().refused(form, schedule_no=self.booking.schedule_no, **context)


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


class BookingAction(PermissionRequiredMixin, SingleObjectMixin, View):
    """A button on a booking: one service call in ``act``, a sentence in ``tell``, and back to the button."""

    permission_required = "bookings.change_booking"
    queryset = Booking.objects.for_list()

    def post(self, request, pk):
        booking = self.get_object()
        try:
            self.tell(booking, self.act(booking=booking, by=request.user, now=timezone.now()))
        except (services.TransitionRefused, services.SlotTaken, services.NothingToRemind) as refusal:
            messages.error(request, str(refusal))
        except services.RemindedJustNow as refusal:
            context = {"booking": booking, "refusal": str(refusal)}
            return render(request, "bookings/remind_again.html", context, status=409)
        except Booking.DoesNotExist as error:  # deleted along with its contact just now
            raise Http404 from error
        button_page = request.POST.get("next", "")
        is_ours = url_has_allowed_host_and_scheme(button_page, {request.get_host()}, request.is_secure())
        return HttpResponseRedirect(button_page) if is_ours else redirect(booking)

    def tell(self, booking, outcome):
        messages.success(self.request, f"{booking}: {self.done}.")


class BookingCompleteView(BookingAction):
    act, done = staticmethod(services.complete_booking), "completed"


class BookingNoShowView(BookingAction):
    act, done = staticmethod(services.mark_no_show), "marked as no-show, and the time is free again"


class BookingReopenView(BookingAction):
    act, done = staticmethod(services.reopen_booking), "confirmed again"


class BookingFormReceivedView(BookingAction):
    act, done = staticmethod(services.note_form_received), "the form is here"


class BookingCancelView(BookingAction):
    done = "cancelled, and the time is free again"

    def act(self, **who_and_what):
        form = CancelForm(self.request.POST)
        if not form.is_valid():
            raise services.TransitionRefused(f"Not cancelled. The reason: {form.errors['reason'][0]}")
        return services.cancel_booking(**form.cleaned_data, **who_and_what)


class BookingReminderView(BookingAction):
    send = staticmethod(services.send_reminder)

    def act(self, **who_and_what):
        return self.send(again="again" in self.request.POST, **who_and_what)

    def tell(self, booking, outcome):
        if outcome.is_pending:
            messages.success(self.request, f"{outcome.get_rule_display()} on its way to {booking.contact}.")
        else:
            messages.warning(self.request, f"Nothing was sent to {booking.contact}. {outcome.reason}")


class BookingFormReminderView(BookingReminderView):
    send = staticmethod(services.send_form_reminder)


class ServiceListView(PermissionRequiredMixin, ListView):
    permission_required = "bookings.view_service"
    queryset = Service.objects.for_list()


class ServiceCreateView(PermissionRequiredMixin, FormView):
    permission_required = "bookings.add_service"
    template_name = "bookings/service_form.html"
    form_class = ServiceForm

    def form_valid(self, form):
        service = services.create_service(**form.cleaned_data, by=self.request.user)
        messages.success(
            self.request, f"{service} can now be booked." if service.is_active else f"Added {service}."
        )
        return redirect("bookings:service_list")


class ServiceEditView(PermissionRequiredMixin, SingleObjectMixin, FormView):
    permission_required = "bookings.change_service"
    template_name = "bookings/service_form.html"
    form_class = ServiceForm
    queryset = Service.objects.all()

    @cached_property
    def object(self) -> Service:
        return self.get_object()

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"instance": self.object}

    def form_valid(self, form):
        service = services.change_service(service=self.object, **form.cleaned_data, by=self.request.user)
        messages.success(self.request, f"Saved {service}.")
        return redirect("bookings:service_list")
