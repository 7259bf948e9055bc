from django.views.generic import View


class ItemListView(View):
    pass


class LowStockView(View):
    pass


class ItemCreateView(View):
    pass


class ItemDetailView(View):
    pass


class ItemEditView(View):
    pass


class ItemAdjustView(View):
    pass
