"""A booking that goes along with its contact, just as somebody is about to do something with it."""

from django.http import Http404

from bookings.models import Booking


class GoneMixin:
    """For a view that calls services of bookings: one that is not there any more is not found."""

    def dispatch(self, request, *args, **kwargs):
        try:
            return super().dispatch(request, *args, **kwargs)
        except Booking.DoesNotExist as error:
            raise Http404 from error
