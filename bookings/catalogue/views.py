"""The pages of the services that can be booked."""

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import FormView, ListView
from django.views.generic.detail import SingleObjectMixin

from bookings.catalogue import materials, services
from bookings.catalogue.forms import ServiceCreateForm, ServiceForm
from bookings.models import Service
from careops.core.once import OnceMixin, SentBefore


class ServiceListView(PermissionRequiredMixin, ListView):
    permission_required = "bookings.view_service"
    template_name = "bookings/catalogue/service_list.html"
    queryset = Service.objects.for_list().with_parts()


class ServiceCreateView(PermissionRequiredMixin, OnceMixin, FormView):
    permission_required = "bookings.add_service"
    template_name = "bookings/catalogue/service_form.html"
    form_class = ServiceCreateForm

    def form_valid(self, form):
        try:
            service = services.create_service(**form.cleaned_data, by=self.request.user)
        except SentBefore as refusal:
            return self.sent_before(form, refusal)
        messages.success(
            self.request, f"{service} can now be booked." if service.is_active else f"Added {service}."
        )
        return redirect("bookings:service_list")


class ServiceEditView(PermissionRequiredMixin, SingleObjectMixin, FormView):
    permission_required = "bookings.change_service"
    template_name = "bookings/catalogue/service_form.html"
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
        if form.has_new_recipe and materials.outdated(service, now=timezone.now()):
            return redirect("bookings:service_renew", service.pk)
        return redirect("bookings:service_list")
