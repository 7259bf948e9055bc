from django.urls import path

from inventory import views

app_name = "inventory"
urlpatterns = [
    path("", views.ItemListView.as_view(), name="list"),
    path("low-stock/", views.LowStockView.as_view(), name="low_stock"),
    path("new/", views.ItemCreateView.as_view(), name="create"),
    path("<int:pk>/", views.ItemDetailView.as_view(), name="detail"),
    path("<int:pk>/edit/", views.ItemEditView.as_view(), name="edit"),
    path("<int:pk>/adjust/", views.ItemAdjustView.as_view(), name="adjust"),
    path("movements/<int:pk>/reverse/", views.MovementReverseView.as_view(), name="reverse"),
]
