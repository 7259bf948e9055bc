from django.contrib import admin, messages
from django.shortcuts import redirect

from accounts.admin import KeptAdmin, ReadOnlyAdmin
from inventory.forms import ItemCreateForm, ItemEditForm
from inventory.models import Item, Movement, Reservation
from inventory.services import items


@admin.register(Item)
class ItemAdmin(KeptAdmin):
    list_display = ["name", "sku", "on_hand", "reserved", "unit", "threshold", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "sku"]
    ordering = ["name", "pk"]

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(
            request, obj, change, form=ItemEditForm if change else ItemCreateForm, **kwargs
        )

    def get_fields(self, request, obj=None):
        last = ["is_active"] if obj else []  # a new item is in use
        return ["name", "sku", "unit", "on_hand", "threshold", *last]

    def get_readonly_fields(self, request, obj=None):
        return ["on_hand"] if obj else []  # quantities change by the ledger

    def changeform_view(self, request, *args, **kwargs):
        try:
            return super().changeform_view(request, *args, **kwargs)
        except items.SkuTaken as error:  # in the moment between the check of the form and the writing
            self.message_user(request, str(error), messages.ERROR)
            return redirect(request.get_full_path())

    def save_model(self, request, obj, form, change):
        if change:
            items.change_item(item=obj, **form.cleaned_data, by=request.user)
        else:
            obj.pk = items.create_item(**form.cleaned_data, by=request.user).pk


@admin.register(Movement)
class MovementAdmin(ReadOnlyAdmin):
    list_display = ["at", "item", "kind", "quantity", "balance_after", "by", "reason"]
    list_filter = ["kind"]
    list_select_related = ["item", "by"]
    search_fields = ["item__name", "item__sku", "reason"]
    date_hierarchy = "at"
    ordering = ["-pk"]


@admin.register(Reservation)
class ReservationAdmin(ReadOnlyAdmin):
    list_display = ["due_at", "item", "quantity", "source_key", "closed_at"]
    list_filter = [("closed_at", admin.EmptyFieldListFilter)]
    list_select_related = ["item"]
    search_fields = ["item__name", "item__sku", "source_key"]
    date_hierarchy = "due_at"
    ordering = ["-due_at", "-pk"]
