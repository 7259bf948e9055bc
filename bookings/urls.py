from django.urls import path

from bookings import hours_views, offers_views
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
    # /bookings/why/ and /bookings/hours/
    path("next-free/", offers_views.NextFreeView.as_view(), name="next_free"),
    path("why/", offers_views.WhyView.as_view(), name="why"),
    path("hours/", hours_views.HoursView.as_view(), name="hours"),
    path("hours/<int:pk>/", hours_views.WeekView.as_view(), name="hours_week"),
    path("hours/<int:pk>/day/", hours_views.DayView.as_view(), name="hours_day"),
    path("hours/<int:pk>/time-off/", hours_views.TimeOffCreateView.as_view(), name="time_off_create"),
    path("hours/time-off/<int:pk>/remove/", hours_views.TimeOffRemoveView.as_view(), name="time_off_remove"),
    path("hours/closed/", hours_views.ClosedDaysView.as_view(), name="closed_days"),
    path("hours/closed/<int:pk>/open/", hours_views.OpenDayView.as_view(), name="open_day"),
    # /bookings/services/
    path("services/", catalogue.ServiceListView.as_view(), name="service_list"),
    path("services/new/", catalogue.ServiceCreateView.as_view(), name="service_create"),
    path("services/<int:pk>/edit/", catalogue.ServiceEditView.as_view(), name="service_edit"),
]
