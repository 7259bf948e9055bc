"""The one screen on which a booking is made, moved or edited."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property
from django.views.generic import FormView

from bookings import refusals, states
from bookings.desk import services
from bookings.desk.consequences import in_general
from bookings.desk.forms import BookingCreateForm, BookingEditForm, BookingForm, CallerForm
from bookings.desk.preview import Preview, preview
from bookings.desk.who import Who, read_who
from bookings.models import Booking
from bookings.slots.for_staff import instead_of, read_choice
from bookings.visits import making, moving
from careops.core.not_found import NotFoundMixin
from careops.core.once import OnceMixin, SentBefore
from careops.core.versions import ChangedMeanwhile, VersionMixin
from contacts import services as contacts

# Buttons that fill in the page or look something up: nothing is saved, and nothing that was typed is lost.
STEPS = {"find", "pick", "look", "slot", "later"}
WHAT = ("service", "staff", "starts_at")
WORDS = ("notes", "notes_for_customer", "overrule")


class StepMixin:
    """The page as it was typed so far, with what a button has put into it."""

    def post(self, request, *args, **kwargs):
        return self.step() if self.is_step else super().post(request, *args, **kwargs)

    @property
    def is_step(self) -> bool:
        return bool(STEPS & self.request.POST.keys())

    def step(self) -> HttpResponse:
        typed = {name: self.request.POST.get(name, "") for name in self.form_class.base_fields}
        typed["tell"] = "tell" in self.request.POST or "tell_asked" not in self.request.POST
        typed |= read_choice(self.request.POST.get("slot", ""))
        unbound = {"data": None, "files": None, "initial": self.get_initial() | typed}
        form = self.form_class(**self.get_form_kwargs() | unbound)
        if "look" in self.request.POST and self.request.htmx:
            return render(self.request, "bookings/desk/_look.html", self.about(form))
        return self.render_to_response(self.get_context_data(form=form))


class ForetellMixin:
    """What the page says besides the form; ``call_service`` is really called, and rolled back.

    :ivar is_tried: whether it was really called just now, and refused: then nothing is foretold
    """

    is_tried = False

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return self.about(context["form"]) | context

    def about(self, form: BookingForm) -> dict:
        return {
            "form": form,
            "booking": self.booking,
            "is_tried": self.is_tried,
            "start": form.so_far("starts_at"),
            "foretold": Preview() if self.is_tried else self.foretold(form),
            "ticked": {"tell"} if form["tell"].value() else set(),
        }

    def foretold(self, form: BookingForm) -> Preview:
        wanted = {
            "service": form.chosen_service,
            **{name: form.so_far(name) for name in ("staff", "starts_at")},
        }
        if not self.is_known or not all(wanted.values()):
            return Preview(in_general())
        wanted |= {name: form.so_far(name) or "" for name in WORDS}
        who_and_when = {"by": self.request.user, "now": timezone.now()}
        act = partial(self.call_service, **wanted, **who_and_when)
        return preview(act, booking=self.booking, now=who_and_when["now"])


class BookingFormView(PermissionRequiredMixin, StepMixin, ForetellMixin, FormView):
    template_name = "bookings/desk/booking_form.html"
    form_class = BookingForm
    booking: Booking | None = None

    def form_valid(self, form):
        wanted, self.is_tried = form.cleaned_data.copy(), True
        try:
            booking = self.call_service(**wanted, by=self.request.user, now=timezone.now())
        except ValidationError as error:
            form.add_error(None, error)
            return self.form_invalid(form)
        except refusals.SlotTaken as refusal:
            form.add_error("starts_at", str(refusal))
            return self.refused(form, instead=self.instead(**wanted), can_overrule=True)
        except refusals.BegunLongAgo as refusal:
            form.add_error("starts_at", str(refusal))
            return self.refused(form)
        except (refusals.TransitionRefused, refusals.BookedAlready) as refusal:
            form.add_error(None, str(refusal))
            return self.refused(form)
        messages.success(self.request, f"{self.done} {booking}.")
        return redirect(booking)

    def refused(self, form, **context):
        return self.render_to_response(self.get_context_data(form=form, **context), status=409)

    def instead(self, *, starts_at, service, staff, **_):
        """Times that are free, near the one that is taken."""
        business, now = self.request.frame.business, timezone.now()
        return instead_of(starts_at, service, staff=staff.pk, business=business, moving=self.booking, now=now)


class BookingCreateView(OnceMixin, BookingFormView):
    permission_required = "bookings.add_booking"
    form_class = BookingCreateForm
    done = "Booked"

    def get(self, request, *args, **kwargs):
        if request.htmx and "q" in request.GET:
            return _matches(request, self.who)
        return super().get(request, *args, **kwargs)

    @cached_property
    def who(self) -> Who:
        sent = self.request.POST if self.request.method == "POST" else self.request.GET
        may_add, may_look = (
            self.request.user.has_perm(f"contacts.{what}_contact") for what in ("add", "view")
        )
        return read_who(sent, may_add=may_add, may_look=may_look)

    @property
    def is_known(self) -> bool:
        return self.who.is_known

    def get_initial(self):
        return {name: self.request.GET.get(name, "") for name in WHAT}

    def about(self, form):
        caller = self.who.caller
        if caller and self.is_step:  # what is missing is said when it is saved
            caller = CallerForm(initial=caller.initial or caller.data.dict())
            caller.fields["name"].widget.attrs["autofocus"] = True
        return super().about(form) | {"who": self.who, "contact": self.who.contact, "caller": caller}

    def form_valid(self, form):
        if not self.who.is_known:
            return self.form_invalid(form)
        if self.who.unseen_twins(seen=self.request.POST.getlist("seen"), once=form.cleaned_data["once"]):
            return self.refused(form)
        try:
            return super().form_valid(form)
        except SentBefore as refusal:
            return self.sent_before(form, refusal)
        except contacts.ContactGone as gone:
            messages.error(self.request, f"{gone} Nothing was booked.")
            return redirect("bookings:create")

    def form_invalid(self, form):
        if not self.who.key:
            form.add_error(None, "Say who it is for.")
        return super().form_invalid(form)

    def call_service(self, **values) -> Booking:
        values["business"] = self.request.frame.business
        if self.who.contact:
            return making.create_booking(contact=self.who.contact, **values)
        return services.book_caller(**self.who.caller.cleaned_data, **values)


def _matches(request: HttpRequest, who: Who) -> HttpResponse:
    """While somebody types, only the matches come back."""
    response = render(request, "bookings/desk/_matches.html", {"who": who})
    patch_vary_headers(response, ["HX-Request"])
    return response


class BookingEditView(NotFoundMixin, VersionMixin, BookingFormView):
    gone = Booking.DoesNotExist  # along with its contact
    permission_required = "bookings.change_booking"
    form_class = BookingEditForm
    done = "Saved"
    is_known = True

    @cached_property
    def booking(self) -> Booking:
        return get_object_or_404(Booking.objects.for_detail(), pk=self.kwargs["pk"])

    @property
    def object(self) -> Booking:
        return self.booking

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"booking": self.booking}

    def get_initial(self):
        names = (*WHAT, "notes", "notes_for_customer")
        asked = {name: self.request.GET[name] for name in WHAT if name in self.request.GET}
        return super().get_initial() | {name: getattr(self.booking, name) for name in names} | asked

    def about(self, form):
        can_move = self.booking.status in states.MOVE.sources
        return super().about(form) | {"contact": self.booking.contact, "can_move": can_move}

    def form_valid(self, form):
        try:
            return super().form_valid(form)
        except ChangedMeanwhile as refusal:
            return self.changed_meanwhile(form, refusal)

    def call_service(self, **values) -> Booking:
        return moving.change_booking(booking=self.booking, business=self.request.frame.business, **values)
