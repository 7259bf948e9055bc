"""Where customers see to a visit of theirs: /visit/"""

from django.urls import path

from bookings.views.visit import VisitView

urlpatterns = [path("<str:token>/", VisitView.as_view(), name="visit")]
