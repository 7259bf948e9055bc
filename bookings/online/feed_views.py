"""The visits of one person in a calendar of their own: the secret address that it reads, and where they get one."""

import datetime

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.generic import TemplateView, View
from django.views.generic.detail import SingleObjectMixin

from accounts.public import PublicMixin
from bookings.messages import calendars, links
from bookings.models import Booking, CalendarFeed
from bookings.online import linking
from careops.core.not_found import NotFoundMixin

SHOWN_BEFORE, SHOWN_AFTER = datetime.timedelta(days=30), datetime.timedelta(days=180)


class CalendarFeedView(PublicMixin, View):
    """What the calendar of somebody reads. Whoever knows the address can: it is as secret as a password."""

    def get(self, request, secret):
        now = timezone.now()
        feed = CalendarFeed.objects.alive().filter(secret=secret).select_related("staff").first()
        if feed is None or not feed.staff.has_perm("bookings.view_booking"):
            raise Http404
        visits = Booking.objects.for_list().holding_time().filter(staff=feed.staff)
        shown = visits.starting_between(now - SHOWN_BEFORE, now + SHOWN_AFTER)
        text = calendars.feed(shown, staff=feed.staff, business=self.business, now=now)
        return HttpResponse(text, content_type=calendars.CONTENT_TYPE)


class FeedView(PermissionRequiredMixin, TemplateView):
    """Everybody gets an address for their own visits, and a new one whenever they like."""

    permission_required = "bookings.view_booking"
    template_name = "bookings/online/feed.html"

    def get_context_data(self, **kwargs):
        feed = CalendarFeed.objects.alive().filter(staff=self.request.user).first()
        urls = {"url": links.feed_url(feed), "subscribe_url": links.subscribe_url(feed)} if feed else {}
        return super().get_context_data(feed=feed, **urls, **kwargs)

    def post(self, request):
        had_one = CalendarFeed.objects.alive().filter(staff=request.user).exists()
        linking.renew_feed(staff=request.user)
        messages.success(
            request,
            "The old address works no more. Give the new one to your calendar."
            if had_one
            else "Here is your address. Give it to your calendar.",
        )
        return redirect("bookings:feed")


class FeedEndView(PermissionRequiredMixin, View):
    permission_required = "bookings.view_booking"

    def post(self, request):
        linking.end_feed(staff=request.user)
        messages.success(request, "The address works no more.")
        return redirect("bookings:feed")


class RenewLinkView(NotFoundMixin, PermissionRequiredMixin, SingleObjectMixin, View):
    """Make the links of a visit useless that were sent so far."""

    gone = Booking.DoesNotExist  # along with its contact
    permission_required = "bookings.change_booking"
    queryset = Booking.objects.for_list()

    def post(self, request, pk):
        booking = linking.renew_link(booking=self.get_object(), by=request.user)
        messages.success(
            request, "Made a new link. Those sent so far work no more; what is still to be sent has it."
        )
        return redirect(booking)
