from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import CreateView, ListView, UpdateView
from django.views.generic.detail import SingleObjectMixin

from careops.once import OnceMixin, SentBefore
from careops.pagination import KeysetListMixin
from careops.versions import ChangedMeanwhile, VersionMixin
from inventory import services
from inventory.forms import AdjustForm, ItemCreateForm, ItemEditForm
from inventory.models import Item, Movement


class ItemListView(PermissionRequiredMixin, ListView):
    permission_required = "inventory.view_item"
    model = Item
    paginate_by = 50

    def get_queryset(self):
        shows = {"low": Item.objects.low, "all": Item.objects.all}
        items = shows.get(self.request.GET.get("show"), Item.objects.active)()
        return items.search(self.text).for_list()

    def get_context_data(self, **kwargs):
        return super().get_context_data(text=self.text, **kwargs)

    @property
    def text(self) -> str:
        return self.request.GET.get("q", "").strip()[:100]


class LowStockView(PermissionRequiredMixin, ListView):
    permission_required = "inventory.view_item"
    template_name = "inventory/low_stock.html"
    paginate_by = 50

    def get_queryset(self):
        return Item.objects.low().worst_first()


class ItemCreateView(PermissionRequiredMixin, OnceMixin, CreateView):
    permission_required = "inventory.add_item"
    model = Item
    form_class = ItemCreateForm

    def form_valid(self, form):
        try:
            item = services.create_item(**form.cleaned_data, by=self.request.user)
        except SentBefore as refusal:
            return self.sent_before(form, refusal)
        except services.SkuTaken as error:
            form.add_error("sku", str(error))
            return self.form_invalid(form)
        messages.success(self.request, f"Added {item}.")
        return redirect(item)


class ItemEditView(PermissionRequiredMixin, VersionMixin, UpdateView):
    permission_required = "inventory.change_item"
    model = Item
    form_class = ItemEditForm

    def form_valid(self, form):
        try:
            item = services.change_item(item=self.object, **form.cleaned_data, by=self.request.user)
        except ChangedMeanwhile as refusal:
            return self.changed_meanwhile(form, refusal)
        except services.SkuTaken as error:
            form.add_error("sku", str(error))
            return self.form_invalid(form)
        messages.success(self.request, f"Saved {item}.")
        return redirect(item)


class ItemDetailView(PermissionRequiredMixin, KeysetListMixin, SingleObjectMixin, ListView):
    """The item, and its ledger as the list."""

    permission_required = ("inventory.view_item", "inventory.view_movement")
    template_name = "inventory/item_detail.html"

    def get(self, request, *args, **kwargs):
        self.object = self.get_object(Item.objects.all())
        return super().get(request, *args, **kwargs)

    def get_queryset(self):
        return self.object.movements.for_list()

    def get_context_data(self, **kwargs):
        return super().get_context_data(**{"form": AdjustForm(), **kwargs})


class ItemAdjustView(ItemDetailView):
    """Takes the form of the item's page, and the buttons for one more and one less."""

    permission_required = "inventory.add_movement"
    http_method_names = ["post"]

    def post(self, request, *args, **kwargs):
        self.object = self.get_object(Item.objects.all())
        form, status = AdjustForm(request.POST), 200
        if form.is_valid():
            try:
                movement = services.adjust_stock(item=self.object, **form.cleaned_data, by=request.user)
            except (services.NotEnoughStock, services.TooMuchStock) as error:
                form.add_error("quantity", str(error))
                status = 409
            else:
                messages.success(request, _what_happened(movement))
                return _back(request, movement.item)
        self.object_list = self.get_queryset()
        return self.render_to_response(self.get_context_data(form=form), status=status)


def _what_happened(movement: Movement) -> str:
    item, left = movement.item, movement.item.measure(movement.balance_after)
    if movement.kind == Movement.Kind.COUNT:
        return f"Counted {item}: {left} on hand."
    return f"{movement.get_kind_display()} {item.measure(movement.amount)} of {item}: {left} on hand."


def _back(request: HttpRequest, item: Item) -> HttpResponseRedirect:
    """Return to the list whose button was pressed, else to the item."""
    asked_from = request.POST.get("next", "")[:2000]  # characters; Django redirects to nothing much longer
    is_ours = url_has_allowed_host_and_scheme(asked_from, allowed_hosts=None)
    return HttpResponseRedirect(asked_from if is_ours else item.get_absolute_url())
