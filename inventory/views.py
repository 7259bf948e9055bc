from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.shortcuts import redirect
from django.urls import reverse
from django.views.generic import CreateView, ListView, UpdateView, View
from django.views.generic.detail import SingleObjectMixin

from careops.core.back import back_to_button
from careops.core.flashes import succeed
from careops.core.once import OnceMixin, SentBefore
from careops.core.pagination import KeysetListMixin
from careops.core.unseen import seen
from careops.core.versions import ChangedMeanwhile, VersionMixin
from inventory.forms import AdjustForm, ItemCreateForm, ItemEditForm
from inventory.models import Item, Movement, Reservation
from inventory.services import items as services_items
from inventory.services import stock


class ShelfView(PermissionRequiredMixin, ListView):
    """Items, and when those will run out of which more is promised than there is."""

    permission_required = "inventory.view_item"
    paginate_by = 50

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        short = [item for item in context["page_obj"] if item.is_short]
        run_outs = Reservation.objects.filter(item__in=short).run_outs() if short else {}
        for item in short:
            item.runs_out_at = run_outs.get(item.pk)
        return context


class ItemListView(ShelfView):
    model = Item

    def get_queryset(self):
        shows = {"low": Item.objects.low, "all": Item.objects.all}
        items = shows.get(self.request.GET.get("show"), Item.objects.active)()
        return items.search(self.text).for_list()

    def get_context_data(self, **kwargs):
        return super().get_context_data(text=self.text, **kwargs)

    @property
    def text(self) -> str:
        return seen(self.request.GET.get("q", "")).strip()[:100]


class LowStockView(ShelfView):
    template_name = "inventory/low_stock.html"

    def get_queryset(self):
        return Item.objects.low().worst_first()


class ItemCreateView(PermissionRequiredMixin, OnceMixin, CreateView):
    permission_required = "inventory.add_item"
    model = Item
    form_class = ItemCreateForm

    def form_valid(self, form):
        try:
            item = services_items.create_item(**form.cleaned_data, by=self.request.user)
        except SentBefore as refusal:
            return self.sent_before(form, refusal)
        except services_items.SkuTaken as error:
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
            item = services_items.change_item(item=self.object, **form.cleaned_data, by=self.request.user)
        except ChangedMeanwhile as refusal:
            return self.changed_meanwhile(form, refusal)
        except services_items.SkuTaken as error:
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


class ItemAdjustView(OnceMixin, ItemDetailView):
    """Takes the form of the item's page, and the buttons for one more and one less."""

    permission_required = "inventory.add_movement"
    http_method_names = ["post"]

    def post(self, request, *args, **kwargs):
        self.object = self.get_object(Item.objects.all())
        self.object_list = self.get_queryset()
        form, status = AdjustForm(request.POST), 200
        if form.is_valid():
            try:
                movement = stock.adjust_stock(item=self.object, **form.cleaned_data, by=request.user)
            except SentBefore as refusal:
                return self.sent_before(form, refusal)
            except (stock.NotEnoughStock, stock.TooMuchStock) as error:
                form.add_error("quantity", str(error))
                status = 409
            else:
                succeed(request, _what_happened(movement), undo=_way_back(movement))
                return back_to_button(request, otherwise=movement.item)
        return self.render_to_response(self.get_context_data(form=form), status=status)


class MovementReverseView(PermissionRequiredMixin, SingleObjectMixin, View):
    """The button that takes back a line of the ledger."""

    permission_required = "inventory.add_movement"
    queryset = Movement.objects.select_related("item")

    def post(self, request, pk):
        movement = self.get_object()
        try:
            line = stock.reverse_movement(movement=movement, by=request.user)
        except (stock.NotReversible, stock.NotEnoughStock) as refusal:
            messages.error(request, str(refusal))
        else:
            left = line.item.measure(line.balance_after)
            messages.success(request, f"Undone. {line.item}: {left} on hand.")
        return back_to_button(request, otherwise=movement.item)


def _way_back(movement: Movement) -> str:
    return reverse("inventory:reverse", args=[movement.pk]) if movement.quantity else ""


def _what_happened(movement: Movement) -> str:
    item, left = movement.item, movement.item.measure(movement.balance_after)
    if movement.kind == Movement.Kind.COUNT:
        return f"Counted {item}: {left} on hand."
    return f"{movement.get_kind_display()} {item.measure(movement.amount)} of {item}: {left} on hand."
