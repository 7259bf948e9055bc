"""Where customers see to a visit of theirs: /visit/"""

from django.urls import path

from bookings.online import visit_views

urlpatterns = [
    path("<str:token>/", visit_views.VisitView.as_view(), name="visit"),
    path("<str:token>/cancel/", visit_views.VisitCancelView.as_view(), name="visit_cancel"),
    path("<str:token>/move/", visit_views.VisitMoveView.as_view(), name="visit_move"),
    path("<str:token>/moved/", visit_views.VisitMovedView.as_view(), name="visit_moved"),
    path("<str:token>/coming/", visit_views.VisitComingView.as_view(), name="visit_coming"),
    path("<str:token>/here/", visit_views.VisitHereView.as_view(), name="visit_here"),
    path("<str:token>/visit.ics", visit_views.VisitCalendarView.as_view(), name="visit_calendar"),
]
