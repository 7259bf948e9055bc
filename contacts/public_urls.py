"""Where anybody writes to us: /contact/"""

from django.urls import path

from contacts import public_views

urlpatterns = [
    path("", public_views.WriteView.as_view(), name="contact_page"),
    path("thanks/", public_views.ThanksView.as_view(), name="contact_thanks"),
]
