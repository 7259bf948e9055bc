from django.urls import path

from bookings.catalogue import materials_views
from bookings.catalogue import views as catalogue_views
from bookings.desk import actions, ending, form_page, pages
from bookings.diary import urls as diary_urls
from bookings.hours import views
from bookings.intake import urls
from bookings.online import feed_views, share_views
from bookings.slots import views as slots_views

app_name = "bookings"
urlpatterns = [
    *diary_urls.urlpatterns,
    *urls.urlpatterns,
    path("", pages.BookingListView.as_view(), name="list"),
    path("new/", form_page.BookingCreateView.as_view(), name="create"),
    path("<int:pk>/", pages.BookingDetailView.as_view(), name="detail"),
    path("<int:pk>/edit/", form_page.BookingEditView.as_view(), name="edit"),
    # What asks first, and says what follows
    path("<int:pk>/cancel/ask/", ending.CancelPageView.as_view(), name="cancel_page"),
    path("<int:pk>/complete/ask/", ending.CompletePageView.as_view(), name="complete_page"),
    path("<int:pk>/no-show/ask/", ending.NoShowPageView.as_view(), name="no_show_page"),
    path("<int:pk>/complete/", actions.BookingCompleteView.as_view(), name="complete"),
    path("<int:pk>/no-show/", actions.BookingNoShowView.as_view(), name="no_show"),
    path("<int:pk>/cancel/", actions.BookingCancelView.as_view(), name="cancel"),
    path("<int:pk>/reopen/", actions.BookingReopenView.as_view(), name="reopen"),
    path("<int:pk>/send-reminder/", actions.BookingReminderView.as_view(), name="send_reminder"),
    path(
        "<int:pk>/send-form-reminder/", actions.BookingFormReminderView.as_view(), name="send_form_reminder"
    ),
    path("<int:pk>/confirm/", actions.BookingConfirmView.as_view(), name="confirm"),
    path("<int:pk>/decline/", actions.BookingDeclineView.as_view(), name="decline"),
    path("<int:pk>/paid/", actions.BookingPaidView.as_view(), name="paid"),
    path("<int:pk>/unpaid/", actions.BookingUnpaidView.as_view(), name="unpaid"),
    path("<int:pk>/materials/", materials_views.BookingMaterialsView.as_view(), name="materials"),
    path("<int:pk>/arrive/", actions.BookingArriveView.as_view(), name="arrive"),
    path("<int:pk>/new-link/", feed_views.RenewLinkView.as_view(), name="renew_link"),
    path("feed/", feed_views.FeedView.as_view(), name="feed"),
    path("feed/off/", feed_views.FeedEndView.as_view(), name="feed_end"),
    # /bookings/why/ and /bookings/hours/
    path("share/", share_views.ShareView.as_view(), name="share"),
    path("next-free/", slots_views.NextFreeView.as_view(), name="next_free"),
    path("why/", slots_views.WhyView.as_view(), name="why"),
    path("hours/", views.HoursView.as_view(), name="hours"),
    path("hours/<int:pk>/", views.WeekView.as_view(), name="hours_week"),
    path("hours/<int:pk>/day/", views.DayView.as_view(), name="hours_day"),
    path("hours/<int:pk>/time-off/", views.TimeOffCreateView.as_view(), name="time_off_create"),
    path("hours/time-off/<int:pk>/remove/", views.TimeOffRemoveView.as_view(), name="time_off_remove"),
    path("hours/closed/", views.ClosedDaysView.as_view(), name="closed_days"),
    path("hours/closed/<int:pk>/open/", views.OpenDayView.as_view(), name="open_day"),
    # /bookings/services/
    path("services/", catalogue_views.ServiceListView.as_view(), name="service_list"),
    path("services/new/", catalogue_views.ServiceCreateView.as_view(), name="service_create"),
    path("services/<int:pk>/edit/", catalogue_views.ServiceEditView.as_view(), name="service_edit"),
    path("services/<int:pk>/materials/", materials_views.ServiceRenewView.as_view(), name="service_renew"),
]
