"""The buttons on a booking."""

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import View
from django.views.generic.detail import SingleObjectMixin

from bookings import services
from bookings.forms.visits import CancelForm, ReopenForm
from bookings.models import Booking


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


class BookingConfirmView(BookingAction):
    act, done = staticmethod(services.confirm_booking), "confirmed"


class BookingArriveView(BookingAction):
    act, done = staticmethod(services.arrive_booking), "arrived"


class BookingCompleteView(BookingAction):
    act, done = staticmethod(services.complete_booking), "completed"


class BookingNoShowView(BookingAction):
    act, done = staticmethod(services.mark_no_show), "marked as no-show, and the time is free again"


class BookingReopenView(BookingAction):
    done = "confirmed again"

    def act(self, **who_and_what):
        form = ReopenForm(self.request.POST)
        form.is_valid()
        return services.reopen_booking(**form.cleaned_data, **who_and_what)


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
