"""Where customers book: /book/"""

from django.urls import path

from bookings.views.book import BookView

urlpatterns = [path("", BookView.as_view(), name="book")]
