from django.contrib import admin

from contacts import services
from contacts.forms import ContactEditForm, ContactForm
from contacts.models import Contact


@admin.register(Contact)
class ContactAdmin(admin.ModelAdmin):
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
            obj.pk = services.create_contact(**form.cleaned_data, by=request.user).pk

    def delete_model(self, request, obj):
        services.delete_contact(contact=obj, by=request.user)

    def delete_queryset(self, request, queryset):
        for contact in queryset:
            services.delete_contact(contact=contact, by=request.user)
