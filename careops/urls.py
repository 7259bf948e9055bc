"""The map of the site."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from careops import views

admin.site.site_header = admin.site.site_title = "CareOps"

urlpatterns = [
    path("", views.DashboardView.as_view(), name="dashboard"),
    path("accounts/", include("accounts.urls")),
    path("contacts/", include("contacts.urls")),
    path("bookings/", include("bookings.urls")),
    path("inventory/", include("inventory.urls")),
    path("alerts/", include("alerts.urls")),
    path("messages/", include("messaging.urls")),
    path("admin/", admin.site.urls),
    path("healthz", views.HealthView.as_view(), name="healthz"),
    path("readyz", views.ReadyView.as_view(), name="readyz"),
]
handler500 = "careops.views.server_error"
