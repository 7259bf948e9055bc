"""Where customers answer intake forms: /forms/"""

from django.urls import path

from bookings.intake.customer_views import AnswerView

urlpatterns = [path("<str:token>/", AnswerView.as_view(), name="intake_answer")]
