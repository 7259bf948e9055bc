"""What visits use up: for one visit, and for all of a service that are booked already."""

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.shortcuts import redirect
from django.utils import timezone
from django.views.generic import DetailView, View
from django.views.generic.detail import SingleObjectMixin

from bookings import refusals
from bookings.catalogue import materials, recipes
from bookings.catalogue.materials_forms import ActualsForm
from bookings.models import Booking, Service
from careops.core.not_found import NotFoundMixin
from careops.core.numbers import plural


class BookingMaterialsView(NotFoundMixin, PermissionRequiredMixin, SingleObjectMixin, View):
    """Takes the form in the section about materials of a visit."""

    gone = Booking.DoesNotExist  # along with its contact
    permission_required = "bookings.change_booking"
    queryset = Booking.objects.for_list()

    def post(self, request, pk):
        booking = self.get_object()
        form = ActualsForm(request.POST, booking=booking)
        if not form.is_valid():
            messages.error(request, f"Nothing was changed. {form.complaint}")
            return redirect(booking)
        try:
            recipes.plan_materials(booking=booking, quantities=form.actuals, by=request.user)
        except refusals.TransitionRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"Saved what is reserved for {booking}.")
        return redirect(booking)


class ServiceRenewView(PermissionRequiredMixin, DetailView):
    """Whether visits that are booked already shall use what the service uses by now."""

    permission_required = "bookings.change_service"
    template_name = "bookings/catalogue/service_renew.html"
    queryset = Service.objects.all()

    def get_context_data(self, **kwargs):
        service = self.object
        old = materials.outdated(service, now=timezone.now())
        title = f"Use the new materials for {plural(len(old), 'booked visit')}, too?" if old else ""
        recipe = materials.words(materials.recipe_of(service)) or "Nothing"
        consequences = [
            ("package", f"{recipe} for each of them."),
            ("pencil", "What was changed by hand for one of them is replaced, too."),
        ]
        return super().get_context_data(title=title, consequences=consequences, **kwargs)

    def post(self, request, pk):
        service = self.get_object()
        count = recipes.renew_materials(service=service, by=request.user, now=timezone.now())
        messages.success(request, f"Reserved the new materials of {service} for {plural(count, 'visit')}.")
        return redirect("bookings:service_list")
