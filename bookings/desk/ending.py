"""The pages that ask before a visit is called off or closed, and say what follows. The buttons are in actions.py."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.shortcuts import redirect
from django.utils import timezone
from django.views.generic import DetailView

from bookings.catalogue.materials_forms import ActualsForm
from bookings.desk.forms import CancelForm, CompleteForm, NoShowForm
from bookings.desk.preview import preview
from bookings.models import Booking
from bookings.visits import outcomes
from careops.core.not_found import NotFoundMixin


class EndingView(NotFoundMixin, PermissionRequiredMixin, DetailView):
    """``ending`` is really called, and rolled back; what refuses it is said where the page was asked for."""

    gone = Booking.DoesNotExist  # along with its contact
    permission_required = "bookings.change_booking"
    queryset = Booking.objects.for_detail()

    def get(self, request, *args, **kwargs):
        return self.ask()

    def ask(self, *, status: int = 200):
        self.object = booking = self.get_object()
        request, now = self.request, timezone.now()
        foretold = preview(
            partial(self.ending, booking=booking, by=request.user, now=now), booking=booking, now=now
        )
        if foretold.refusal:
            messages.error(request, foretold.refusal)
            return redirect(booking)
        form = self.form_class(request.POST or None)
        context = {
            "foretold": foretold,
            "ticked": {name for name in ("tell", "follow_up") if name in form.fields and form[name].value()},
            "has_tick": any(line.tick for line in foretold.lines),
            "form": form,
            "is_early": now < booking.starts_at,
            "next": request.POST.get("next") or request.GET.get("next", ""),
        }
        return self.render_to_response(self.get_context_data(**context), status=status)


class CancelPageView(EndingView):
    template_name = "bookings/desk/cancel.html"
    form_class = CancelForm
    # Somebody who is here already leaves for a reason, which is asked for on the page.
    ending = staticmethod(partial(outcomes.cancel_booking, reason="Not said yet"))


class CompletePageView(EndingView):
    """
    :ivar used: what was typed of what was used, and makes no sense; None: nothing was yet
    """

    used: ActualsForm | None = None
    template_name = "bookings/desk/complete.html"
    form_class = CompleteForm
    ending = staticmethod(partial(outcomes.complete_booking, early=True))

    def get_context_data(self, **kwargs):
        return super().get_context_data(actuals_form=self.used or ActualsForm(booking=self.object), **kwargs)


class NoShowPageView(EndingView):
    template_name = "bookings/desk/no_show.html"
    form_class = NoShowForm
    ending = staticmethod(outcomes.mark_no_show)
