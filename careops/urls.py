"""The map of the site."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from bookings.messages import rule_preview
from bookings.online import feed_views
from careops import styleguide
from careops.dashboard.views import DashboardView
from contacts import services as services_contacts
from contacts import tasks as contacts
from messaging.consent import customer_views
from messaging.inbound import views as inbound_views
from messaging.inbox import writing_views

admin.site.site_header = admin.site.site_title = "CareOps"
admin.site.login = secure_admin_login(admin.site.login)  # one way in: the sign-in page, with its rate limits

urlpatterns = [
    path("", DashboardView.as_view(), name="dashboard"),
    path("accounts/", include("accounts.urls")),
    path("contacts/", include("contacts.urls")),
    path("bookings/", include("bookings.urls")),
    path("inventory/", include("inventory.urls")),
    path("alerts/", include("alerts.urls")),
    path("messages/rules/<slug:code>/preview/", rule_preview.RulePreviewView.as_view(), name="rule_preview"),
    path("messages/rules/<slug:code>/test/", rule_preview.RuleTestView.as_view(), name="rule_test"),
    path(
        "messages/<int:contact_pk>/reply/",
        writing_views.ReplyView.as_view(reply=services_contacts.reply),
        name="reply",
    ),
    path("messages/", include("messaging.urls")),
    path("preferences/<str:token>/", customer_views.PreferencesView.as_view(), name="preferences"),
    path("contact/", include("contacts.public_urls")),
    path(settings.BOOKING_PATH.removeprefix("/"), include("bookings.online.book_urls")),
    path("visit/", include("bookings.online.visit_urls")),
    path("forms/", include("bookings.intake.customer_urls")),
    path("calendar/<str:secret>.ics", feed_views.CalendarFeedView.as_view(), name="calendar_feed"),
    path("webhooks/sms/", inbound_views.SmsWebhookView.as_view(wake=contacts.wake), name="webhook_sms"),
    path(
        "webhooks/email/raw/",
        inbound_views.RawMailWebhookView.as_view(wake=contacts.wake),
        name="webhook_raw_mail",
    ),
    path(
        "webhooks/email/<slug:provider>/<slug:kind>/",
        inbound_views.EmailWebhookView.as_view(wake=contacts.wake),
        name="webhook_email",
    ),
    # One page on which people change their password, with its limit on wrong ones
    path(
        "admin/password_change/",
        RedirectView.as_view(pattern_name="account_change_password"),
        name="admin_password_change",
    ),
    path("admin/", admin.site.urls),
]
if not settings.PRODUCTION:
    urlpatterns.append(path("styleguide/", styleguide.StyleGuideView.as_view(), name="styleguide"))
handler403 = "careops.views.permission_denied"
handler500 = "careops.views.server_error"
