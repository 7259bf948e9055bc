"""Where customers book: /book/"""

from django.urls import path

from bookings.online import book_views

urlpatterns = [
    path("", book_views.ServicesView.as_view(), name="book"),
    path("thanks/", book_views.ThanksView.as_view(), name="book_thanks"),
    path("<int:pk>/", book_views.PersonView.as_view(), name="book_service"),
    path("<int:pk>/times/", book_views.TimesView.as_view(), name="book_times"),
    path("<int:pk>/details/", book_views.DetailsView.as_view(), name="book_details"),
    path("done/<str:token>/", book_views.DoneView.as_view(), name="book_done"),
]
