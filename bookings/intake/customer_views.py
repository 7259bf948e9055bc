"""Customers answer an intake form, by a private link."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.generic.base import ContextMixin, View

from accounts.models import AuditEntry
from accounts.public import PublicMixin
from bookings.intake import answering, filling, states, uploads
from bookings.intake.answers_view import Answering
from bookings.messages import links
from bookings.models import IntakeRequest
from careops.core.not_found import NotFoundMixin

TOO_MUCH = "That is more than can be sent at once. Go back and send smaller copies, or a few files at a time."


@method_decorator(csrf_exempt, name="dispatch")  # `take` checks, after the size: checking reads it all
class AnswerView(PublicMixin, NotFoundMixin, Answering, ContextMixin, View):
    """A page that shows nothing but one form. Looking at it is noted as "opened" and does nothing else."""

    gone = IntakeRequest.DoesNotExist  # along with its contact
    pages_a_minute = 120
    template_name = "bookings/intake/answer.html"

    @cached_property
    def asked(self) -> IntakeRequest:
        asked = links.request_of(self.kwargs["token"], now=timezone.now())
        if asked is None:
            raise Http404
        cover = asked.covered_by if asked.is_unfinished and not asked.booking.is_unverified else None
        return IntakeRequest.objects.for_list().get(pk=cover.pk) if cover else asked

    def get(self, request, token):
        asked = self.asked
        if not (asked.is_open or ("change" in request.GET and self.may_change)):
            return self.done()
        if _is_looked_at(request):
            try:
                answering.note_opened(request=asked, now=timezone.now())
            except answering.IntakeRefused as gone:  # along with its contact
                raise Http404 from gone
        return self.page(filling.form_for(asked))

    def post(self, request, token):
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > uploads.LARGEST_POST:
            return HttpResponse(TOO_MUCH, status=413, content_type="text/plain; charset=utf-8")
        return self.take(request)

    @method_decorator(csrf_protect)
    def take(self, request):
        return super().post(request)

    def saved(self, asked):
        messages.success(self.request, "Saved. Go on whenever you like, here or on another device.")
        return redirect(links.form_path(asked))

    def submitted(self, asked):
        return redirect(links.form_path(asked))

    @property
    def may_change(self) -> bool:
        return not states.SUBMIT.refusal(self.asked, actor=AuditEntry.Actor.CUSTOMER, now=timezone.now())

    def done(self):
        """What has become of it. Another form is named while nothing stands in it: this link is for this form alone."""
        asked = self.asked
        to_fill = IntakeRequest.objects.open_for(asked.booking)
        blank = [form for form in to_fill if form != asked and not form.answers]
        context = {"asked": asked, "may_change": self.may_change, "next": blank[0] if blank else None}
        context["next_path"] = links.form_path(blank[0]) if blank else ""
        return render(self.request, "bookings/intake/answer_done.html", self.get_context_data(**context))


def _is_looked_at(request) -> bool:
    """Whether a browser opened it as a page: mail scanners and previews mostly do not say so."""
    is_page = request.headers.get("Sec-Fetch-Mode") == "navigate"
    return request.method == "GET" and is_page and "prefetch" not in request.headers.get("Sec-Purpose", "")
