from django.urls import path

from bookings import views

app_name = "bookings"
urlpatterns = [
    path("", views.BookingListView.as_view(), name="list"),
    path("new/", views.BookingCreateView.as_view(), name="create"),
    path("<int:pk>/", views.BookingDetailView.as_view(), name="detail"),
    path("<int:pk>/edit/", views.BookingEditView.as_view(), name="edit"),
    path("<int:pk>/complete/", views.BookingCompleteView.as_view(), name="complete"),
    path("<int:pk>/no-show/", views.BookingNoShowView.as_view(), name="no_show"),
    path("<int:pk>/cancel/", views.BookingCancelView.as_view(), name="cancel"),
    path("<int:pk>/reopen/", views.BookingReopenView.as_view(), name="reopen"),
    path("<int:pk>/send-reminder/", views.BookingReminderView.as_view(), name="send_reminder"),
    path("<int:pk>/send-form-reminder/", views.BookingFormReminderView.as_view(), name="send_form_reminder"),
    path("<int:pk>/form-received/", views.BookingFormReceivedView.as_view(), name="form_received"),
    # /bookings/services/
    path("services/", views.ServiceListView.as_view(), name="service_list"),
    path("services/new/", views.ServiceCreateView.as_view(), name="service_create"),
    path("services/<int:pk>/edit/", views.ServiceEditView.as_view(), name="service_edit"),
]
