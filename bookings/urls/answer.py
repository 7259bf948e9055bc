"""Where customers answer intake forms: /forms/"""

from django.urls import path

from bookings.views.answer import AnswerView

urlpatterns = [path("<str:token>/", AnswerView.as_view(), name="intake_answer")]
