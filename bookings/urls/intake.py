"""The intake forms, for the people who work here: /bookings/intake-forms/"""

urlpatterns = []
