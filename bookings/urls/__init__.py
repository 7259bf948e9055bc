from django.urls import path

from bookings.urls import diary, intake
from bookings.views import actions, catalogue, hours, offers, visits

app_name = "bookings"
urlpatterns = [
    *diary.urlpatterns,
    *intake.urlpatterns,
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
    path("<int:pk>/confirm/", actions.BookingConfirmView.as_view(), name="confirm"),
    path("<int:pk>/arrive/", actions.BookingArriveView.as_view(), name="arrive"),
    # /bookings/why/ and /bookings/hours/
    path("next-free/", offers.NextFreeView.as_view(), name="next_free"),
    path("why/", offers.WhyView.as_view(), name="why"),
    path("hours/", hours.HoursView.as_view(), name="hours"),
    path("hours/<int:pk>/", hours.WeekView.as_view(), name="hours_week"),
    path("hours/<int:pk>/day/", hours.DayView.as_view(), name="hours_day"),
    path("hours/<int:pk>/time-off/", hours.TimeOffCreateView.as_view(), name="time_off_create"),
    path("hours/time-off/<int:pk>/remove/", hours.TimeOffRemoveView.as_view(), name="time_off_remove"),
    path("hours/closed/", hours.ClosedDaysView.as_view(), name="closed_days"),
    path("hours/closed/<int:pk>/open/", hours.OpenDayView.as_view(), name="open_day"),
    # /bookings/services/
    path("services/", catalogue.ServiceListView.as_view(), name="service_list"),
    path("services/new/", catalogue.ServiceCreateView.as_view(), name="service_create"),
    path("services/<int:pk>/edit/", catalogue.ServiceEditView.as_view(), name="service_edit"),
]
