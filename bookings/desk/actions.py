"""The buttons on a booking."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.generic import View
from django.views.generic.detail import SingleObjectMixin

from bookings import refusals, states
from bookings.catalogue.materials_forms import ActualsForm
from bookings.desk.ending import CompletePageView
from bookings.desk.forms import CancelForm, CompleteForm, NoShowForm
from bookings.desk.outcome_forms import DeclineForm, ReopenForm
from bookings.messages import reminding
from bookings.models import Booking
from bookings.visits import moving, outcomes, undoing
from careops.core.back import back_to_button
from careops.core.flashes import succeed
from careops.core.not_found import NotFoundMixin

REFUSALS = (refusals.TransitionRefused, refusals.SlotTaken, reminding.NothingToRemind)


class BookingAction(NotFoundMixin, PermissionRequiredMixin, SingleObjectMixin, View):
    """A button on a booking: one service call in ``act``, a sentence in ``tell``, and back to the button.

    :ivar done: what was done, with a place for the words of the booking
    """

    gone = Booking.DoesNotExist  # along with its contact
    permission_required = "bookings.change_booking"
    queryset = Booking.objects.for_list()

    def post(self, request, pk):
        self.booking = self.get_object()
        try:
            self.tell(self.act(booking=self.booking, by=request.user, now=timezone.now()))
        except REFUSALS as refusal:
            return self.refused(refusal)
        except reminding.RemindedJustNow as refusal:
            return self.asked_again("bookings/desk/remind_again.html", refusal)
        return self.back()

    def refused(self, refusal: Exception):
        messages.error(self.request, str(refusal))
        return self.back()

    def asked_again(self, template: str, refusal: Exception):
        context = {
            "booking": self.booking,
            "refusal": str(refusal),
            "next": self.request.POST.get("next", ""),
        }
        return render(self.request, template, context, status=409)

    def back(self):
        return back_to_button(self.request, otherwise=self.booking)

    def tell(self, outcome):
        succeed(self.request, self.done.format(outcome), undo=self.undo(outcome))

    def undo(self, outcome: Booking) -> str:
        """Where a POST takes it back; empty: nothing does."""
        return ""


class Undoable(BookingAction):
    """A button that its flash message takes back, where the booking may go back at once."""

    def undo(self, outcome):
        # Back from a request that is called off would be more than it was: confirmed.
        can_go_back = not self.booking.is_requested and any(
            move.name == "reopen" for move in states.legal_moves(outcome, now=timezone.now())
        )
        return f"{reverse('bookings:reopen', args=[outcome.pk])}?tell=on" if can_go_back else ""


class BookingConfirmView(BookingAction):
    act, done = staticmethod(outcomes.confirm_booking), "Confirmed {}."


class BookingDeclineView(BookingAction):
    done = "Declined {}. The time is free again."

    def act(self, **who_and_what):
        values = _typed(DeclineForm(self.request.POST), "Not declined.")
        return outcomes.cancel_booking(cause=Booking.Cause.DECLINED, **values, **who_and_what)


class BookingArriveView(Undoable):
    act, done = staticmethod(outcomes.arrive_booking), "Arrived: {}."


class BookingCompleteView(CompletePageView, Undoable):
    """What was typed of what was used, and makes no sense, is asked for once more on the page."""

    http_method_names = ["post"]
    done = "Completed {}."

    def post(self, request, pk):
        self.used = ActualsForm(request.POST, booking=self.get_object())
        return super().post(request, pk) if self.used.is_valid() else self.ask(status=409)

    def act(self, booking, **who_and_when):
        values = _typed(CompleteForm(self.request.POST), "Not completed.")
        return outcomes.complete_booking(
            booking=booking, actuals=self.used.actuals or None, **values, **who_and_when
        )

    def refused(self, refusal):
        now = timezone.now()
        can_be_overruled = not states.COMPLETE.refusal(self.booking, now, overruled=True)
        if can_be_overruled and states.COMPLETE.refusal(self.booking, now):
            return self.asked_again("bookings/desk/complete_early.html", refusal)
        return super().refused(refusal)


class BookingNoShowView(Undoable):
    done = "Marked {} as a no-show. The time is free again."

    def act(self, **who_and_what):
        return outcomes.mark_no_show(**_typed(NoShowForm(self.request.POST), "Not marked."), **who_and_what)


class BookingCancelView(Undoable):
    done = "Cancelled {}. The time is free again."

    def act(self, **who_and_what):
        values = _typed(CancelForm(self.request.POST), "Not cancelled.")
        return outcomes.cancel_booking(**values, **who_and_what)

    def refused(self, refusal):
        if not isinstance(refusal, refusals.ReasonMissing):
            return super().refused(refusal)
        messages.error(self.request, str(refusal))
        return redirect("bookings:cancel_page", self.booking.pk)


class BookingReopenView(BookingAction):
    def act(self, **who_and_what):
        return undoing.reopen_booking(
            **_typed(ReopenForm(self.request.POST), "Nothing was undone."), **who_and_what
        )

    def tell(self, outcome):
        succeed(self.request, f"{outcome} is {outcome.get_status_display().lower()} again.")


class BookingPaidView(BookingAction):
    act, done = staticmethod(moving.mark_paid), "{} is paid."

    def undo(self, outcome):
        return reverse("bookings:unpaid", args=[outcome.pk])


class BookingUnpaidView(BookingAction):
    act, done = staticmethod(partial(moving.mark_paid, paid=False)), "{} is not paid after all."


class BookingReminderView(BookingAction):
    send = staticmethod(reminding.send_reminder)

    def act(self, **who_and_what):
        return self.send(again="again" in self.request.POST, **who_and_what)

    def tell(self, outcome):
        contact = self.booking.contact
        if outcome.is_pending:
            messages.success(self.request, f"{outcome.get_rule_display()} on its way to {contact}.")
        else:
            messages.warning(self.request, f"Nothing was sent to {contact}. {outcome.reason}")


class BookingFormReminderView(BookingReminderView):
    send = staticmethod(reminding.send_form_reminder)


def _typed(form, nothing_done: str) -> dict:
    """What a form sends.

    :raises TransitionRefused: with what is wrong with it
    """
    if not form.is_valid():
        [errors, *_] = form.errors.values()
        raise refusals.TransitionRefused(f"{nothing_done} {errors[0]}")
    return form.cleaned_data
