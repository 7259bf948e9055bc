"""The diary: /bookings/calendar/"""

from django.urls import path

from bookings.diary.views import DiarySheetView, DiaryView

urlpatterns = [
    path("calendar/", DiaryView.as_view(), name="diary"),
    path("calendar/sheet/", DiarySheetView.as_view(), name="diary_sheet"),
]
