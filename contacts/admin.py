from django.contrib import admin, messages
from django.shortcuts import redirect
from django.utils import timezone

from careops.core.admin import SafeAdmin
from contacts import services
from contacts.forms import ContactEditForm, ContactForm
from contacts.models import Contact


@admin.register(Contact)
class ContactAdmin(SafeAdmin):
    list_display = ["name", "email", "phone", "stage", "created_at"]
    list_filter = ["stage"]
    search_fields = ["name", "email", "phone"]
    search_help_text = "Name, email or any part of a phone number"
    ordering = ["-pk"]
    show_full_result_count = False

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(
            request, obj, change, form=ContactEditForm if change else ContactForm, **kwargs
        )

    def get_fields(self, request, obj=None):
        stage = ["stage"] if obj else []  # a new contact is new
        return ["name", "email", "phone", *stage, "notes"]

    def changeform_view(self, request, *args, **kwargs):
        try:
            return super().changeform_view(request, *args, **kwargs)
        except services.ContactGone as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect("admin:contacts_contact_changelist")

    def get_search_results(self, request, queryset, search_term):
        return (queryset.search(search_term) if search_term.strip() else queryset), False

    def get_deleted_objects(self, objs, request):
        """What goes along; the right to delete a contact is enough for that."""
        to_delete, counts, _, protected = super().get_deleted_objects(objs, request)
        return to_delete, counts, set(), protected

    def save_model(self, request, obj, form, change):
        if change:
            services.change_contact(contact=obj, by=request.user, **form.cleaned_data)
        else:
            obj.pk = services.create_contact(**form.cleaned_data, by=request.user, now=timezone.now()).pk

    def delete_model(self, request, obj):
        services.delete_contact(contact=obj, by=request.user)

    def delete_queryset(self, request, queryset):
        for contact in queryset:
            services.delete_contact(contact=contact, by=request.user)
