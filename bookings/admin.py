"""Bookings in Django admin: for looking things up. They are made and changed on their own pages."""

from django.contrib import admin

from accounts.admin import KeptAdmin, ReadOnlyAdmin
from bookings.catalogue import services as catalogue
from bookings.catalogue.forms import ServiceForm
from bookings.models import (
    Booking,
    CalendarFeed,
    ClosedDay,
    DayHours,
    IntakeForm,
    IntakeRequest,
    Service,
    ServiceMaterial,
    TimeOff,
    WorkingHours,
)


@admin.register(Service)
class ServiceAdmin(KeptAdmin):
    form = ServiceForm
    list_display = ["name", "minutes", "price", "is_public", "needs_approval", "is_active"]
    list_filter = ["is_active", "is_public", "needs_approval"]
    search_fields = ["name"]
    ordering = ["-is_active", "name", "pk"]

    def save_model(self, request, obj, form, change):
        if change:
            catalogue.change_service(service=obj, **form.cleaned_data, by=request.user)
        else:
            obj.pk = catalogue.create_service(**form.cleaned_data, by=request.user).pk


@admin.register(Booking)
class BookingAdmin(ReadOnlyAdmin):
    """Read-only: what a booking sets off can be seen, and refused, on its own page ("View on site")."""

    list_display = ["contact", "service", "staff", "starts_at", "status", "source", "price", "paid_at"]
    list_filter = ["status", "source", "cancel_cause", "cancelled_late", "service"]
    exclude = ["key", "once"]  # the key opens the page of the customer
    list_select_related = ["contact", "service", "staff"]
    search_fields = ["contact__name", "contact__email"]
    date_hierarchy = "starts_at"
    ordering = ["-starts_at", "-pk"]


@admin.register(ServiceMaterial)
class ServiceMaterialAdmin(ReadOnlyAdmin):
    list_display = ["service", "item", "quantity"]
    list_filter = ["service"]
    list_select_related = ["service", "item"]
    search_fields = ["service__name", "item__name"]
    ordering = ["service__name", "item__name", "pk"]


@admin.register(IntakeForm)
class IntakeFormAdmin(ReadOnlyAdmin):
    """Its questions have pages of their own."""

    list_display = ["name", "is_active", "valid_months", "created_at"]
    list_filter = ["is_active"]
    search_fields = ["name"]
    ordering = ["-is_active", "name", "pk"]


@admin.register(IntakeRequest)
class IntakeRequestAdmin(ReadOnlyAdmin):
    """Where it stands, not what was answered: that is read on its own page ("View on site")."""

    list_display = ["contact", "version", "status", "due_at", "submitted_at"]
    list_filter = ["status", "version__form"]
    list_select_related = ["contact", "version__form"]
    search_fields = ["contact__name", "contact__email"]
    date_hierarchy = "due_at"
    exclude = ["answers", "key"]
    ordering = ["-due_at", "-pk"]


@admin.register(CalendarFeed)
class CalendarFeedAdmin(ReadOnlyAdmin):
    """Who has one. The secret is read by its owner alone."""

    list_display = ["staff", "created_at"]
    list_filter = ["created_at"]
    list_select_related = ["staff"]
    search_fields = ["staff__name"]
    exclude = ["secret"]
    ordering = ["staff__name", "pk"]


@admin.register(WorkingHours)
class WorkingHoursAdmin(ReadOnlyAdmin):
    list_select_related = ["staff"]
    search_fields = ["staff__name"]
    list_display = ["staff", "weekday", "range"]
    list_filter = ["weekday"]
    ordering = ["staff__name", "staff", "weekday", "start"]


@admin.register(DayHours)
class DayHoursAdmin(ReadOnlyAdmin):
    list_select_related = ["staff"]
    search_fields = ["staff__name"]
    list_display = ["staff", "date", "range"]
    list_filter = ["date"]
    ordering = ["-date", "staff", "start"]


@admin.register(TimeOff)
class TimeOffAdmin(ReadOnlyAdmin):
    list_select_related = ["staff"]
    search_fields = ["staff__name"]
    list_display = ["staff", "starts_at", "ends_at", "reason"]
    list_filter = ["starts_at"]
    ordering = ["-starts_at", "-pk"]


@admin.register(ClosedDay)
class ClosedDayAdmin(ReadOnlyAdmin):
    list_display = ["date", "name"]
    list_filter = ["date"]
    search_fields = ["name"]
    ordering = ["-date"]
