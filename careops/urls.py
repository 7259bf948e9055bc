"""The map of the site."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from careops import styleguide, views

admin.site.site_header = admin.site.site_title = "CareOps"
admin.site.login = secure_admin_login(admin.site.login)  # one way in: the sign-in page, with its rate limits

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
if not settings.PRODUCTION:
    urlpatterns.append(path("styleguide/", styleguide.StyleGuideView.as_view(), name="styleguide"))
handler500 = "careops.views.server_error"
