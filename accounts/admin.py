"""People, the business and the audit trail in Django admin: the same services as on the pages."""

from django.contrib import admin, messages
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group
from django.shortcuts import redirect

from accounts import services
from accounts.forms import BusinessForm, InviteForm, UserForm
from accounts.models import AuditEntry, Business, User
from careops.core.admin import SafeAdmin

assert auth_admin  # noqa: S101 - it registers Group, which would come after this module otherwise
admin.site.unregister(Group)  # roles live in accounts/roles.py


class KeptAdmin(SafeAdmin):
    """Nothing is deleted here."""

    def has_delete_permission(self, request, obj=None):
        return False


class ReadOnlyAdmin(KeptAdmin):
    """For looking things up."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(User)
class UserAdmin(KeptAdmin):
    list_display = ["name", "email", "role", "takes_bookings", "is_active", "last_login"]
    list_filter = ["groups", "takes_bookings", "is_active"]
    search_fields = ["name", "email"]
    ordering = ["name", "pk"]
    readonly_fields = ["email", "last_login", "joined_at"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups")

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, form=UserForm if change else InviteForm, **kwargs)

    def get_fields(self, request, obj=None):
        if obj is None:
            return ["name", "email", "role", "takes_bookings"]
        return ["name", "email", "role", "takes_bookings", "is_active", "last_login", "joined_at"]

    def get_readonly_fields(self, request, obj=None):
        return self.readonly_fields if obj else []

    def changeform_view(self, request, *args, **kwargs):
        try:
            return super().changeform_view(request, *args, **kwargs)
        except (services.LastAdmin, services.EmailTaken) as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect(request.get_full_path())

    def save_model(self, request, obj, form, change):
        if change:
            services.change_user(user=obj, **form.cleaned_data, by=request.user)
        else:
            obj.pk = services.invite_user(**form.cleaned_data, by=request.user).pk


@admin.register(Business)
class BusinessAdmin(KeptAdmin):
    form = BusinessForm

    def changelist_view(self, request, extra_context=None):
        return redirect("admin:accounts_business_change", request.frame.business.pk)

    def has_add_permission(self, request):
        return False

    def save_model(self, request, obj, form, change):
        services.change_business(by=request.user, **form.cleaned_data)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "by", "action", "subject"]
    list_select_related = ["by"]
    search_fields = ["subject", "=subject_key", "=action"]
    search_help_text = "What it was called, its key such as booking:42, or the action such as booking.created"
    date_hierarchy = "at"
    ordering = ["-pk"]
    show_full_result_count = False
