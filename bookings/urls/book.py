"""Where customers book: /book/"""

from django.urls import path

from bookings.views import book

urlpatterns = [
    path("", book.ServicesView.as_view(), name="book"),
    path("thanks/", book.ThanksView.as_view(), name="book_thanks"),
    path("<int:pk>/", book.PersonView.as_view(), name="book_service"),
    path("<int:pk>/times/", book.TimesView.as_view(), name="book_times"),
    path("<int:pk>/details/", book.DetailsView.as_view(), name="book_details"),
    path("done/<str:token>/", book.DoneView.as_view(), name="book_done"),
]
