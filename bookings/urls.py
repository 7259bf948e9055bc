from django.urls import path

from bookings.views import actions, catalogue, visits

app_name = "bookings"
urlpatterns = [
    path("", visits.BookingListView.as_view(), name="list"),
    path("new/", visits.BookingCreateView.as_view(), name="create"),
    path("<int:pk>/", visits.BookingDetailView.as_view(), name="detail"),
    path("<int:pk>/edit/", visits.BookingEditView.as_view(), name="edit"),
    path("<int:pk>/complete/", actions.BookingCompleteView.as_view(), name="complete"),
    path("<int:pk>/no-show/", actions.BookingNoShowView.as_view(), name="no_show"),
    path("<int:pk>/cancel/", actions.BookingCancelView.as_view(), name="cancel"),
    path("<int:pk>/reopen/", actions.BookingReopenView.as_view(), name="reopen"),
    path("<int:pk>/send-reminder/", actions.BookingReminderView.as_view(), name="send_reminder"),
    path(
        "<int:pk>/send-form-reminder/", actions.BookingFormReminderView.as_view(), name="send_form_reminder"
    ),
    path("<int:pk>/form-received/", actions.BookingFormReceivedView.as_view(), name="form_received"),
    # /bookings/services/
    path("services/", catalogue.ServiceListView.as_view(), name="service_list"),
    path("services/new/", catalogue.ServiceCreateView.as_view(), name="service_create"),
    path("services/<int:pk>/edit/", catalogue.ServiceEditView.as_view(), name="service_edit"),
]
