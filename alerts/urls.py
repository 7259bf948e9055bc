from django.urls import path

from alerts import views

app_name = "alerts"
urlpatterns = [
    path("", views.AlertListView.as_view(), name="list"),
    path("count/", views.AlertCountView.as_view(), name="count"),
    path("<int:pk>/", views.AlertDetailView.as_view(), name="detail"),
    path("<int:pk>/acknowledge/", views.AlertAcknowledgeView.as_view(), name="acknowledge"),
    path("<int:pk>/dismiss/", views.AlertDismissView.as_view(), name="dismiss"),
]
