"""The diary: /bookings/calendar/"""

urlpatterns = []
