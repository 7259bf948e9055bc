"""Where customers see to a visit of theirs: /visit/"""

from django.urls import path

from bookings.views import visit

urlpatterns = [
    path("<str:token>/", visit.VisitView.as_view(), name="visit"),
    path("<str:token>/cancel/", visit.VisitCancelView.as_view(), name="visit_cancel"),
    path("<str:token>/move/", visit.VisitMoveView.as_view(), name="visit_move"),
    path("<str:token>/moved/", visit.VisitMovedView.as_view(), name="visit_moved"),
    path("<str:token>/coming/", visit.VisitComingView.as_view(), name="visit_coming"),
    path("<str:token>/here/", visit.VisitHereView.as_view(), name="visit_here"),
    path("<str:token>/visit.ics", visit.VisitCalendarView.as_view(), name="visit_calendar"),
]
