"""Requests for a form: who was asked, what they answered, and the buttons on it."""

import datetime

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.views.generic import DetailView, ListView, View
from django.views.generic.detail import SingleObjectMixin

from bookings.intake import answering, filling, noting, questions
from bookings.intake.answers_view import Answering
from bookings.intake.forms import RequestFilterForm, WaiveForm
from bookings.messages import reminding
from bookings.models import IntakeRequest
from careops.core.back import back_to_button
from careops.core.pagination import KeysetListMixin

REFUSALS = (answering.IntakeRefused, reminding.NothingToRemind)


class IntakeRequestListView(PermissionRequiredMixin, KeysetListMixin, ListView):
    permission_required = "bookings.view_intakerequest"
    template_name = "bookings/intake/request_list.html"
    paginate_by = 50

    def get_queryset(self):
        query = self.request.GET
        self.form = RequestFilterForm(query if "status" in query else query.dict() | {"status": "open"})
        self.form.is_valid()  # what is wrong is said above the list
        wanted = self.form.cleaned_data
        is_ahead = wanted.get("status") in {"open", "overdue", "planned", "sent", "opened", "started"}
        self.keyset = ("due_at", "pk") if is_ahead else ("-due_at", "-pk")
        requests = _with_status(IntakeRequest.objects.for_list(), wanted.get("status"), now=timezone.now())
        if wanted.get("form"):
            requests = requests.filter(version__form=wanted["form"])
        return requests.order_by(*self.keyset)

    def get_context_data(self, **kwargs):
        return super().get_context_data(form=self.form, now=timezone.now(), **kwargs)


def _with_status(requests, status: str | None, *, now: datetime.datetime):
    if status == "overdue":
        return requests.overdue(now=now)
    if status == "open":
        return requests.waiting()
    return requests.filter(status=status) if status else requests


class AskedMixin(PermissionRequiredMixin, SingleObjectMixin):
    """For views about one request, ``asked``."""

    permission_required = "bookings.change_intakerequest"
    queryset = IntakeRequest.objects.for_list().select_related("covered_by__booking", "reviewed_by")

    @cached_property
    def asked(self) -> IntakeRequest:
        return self.get_object()


class IntakeRequestView(AskedMixin, DetailView):
    """The answers beside their questions; what was submitted earlier stands beneath, or alone on paper."""

    permission_required = "bookings.view_intakerequest"
    template_name = "bookings/intake/request.html"
    context_object_name = "asked"

    def get(self, request, *args, **kwargs):
        response = super().get(request, *args, **kwargs)
        noting.note_read(request=self.object, by=request.user, now=timezone.now())
        return response

    def get_context_data(self, **kwargs):
        asked = self.object
        newest, *earlier = [*asked.submissions.select_related("version", "by")] or [None]
        version = newest.version if newest and not asked.is_unfinished else asked.version
        return super().get_context_data(
            answered=questions.beside(questions.read(version.questions), asked.answers),
            newest=newest,
            earlier=[
                (one, questions.beside(questions.read(one.version.questions), one.answers)) for one in earlier
            ],
            is_overdue=asked.booking.is_under_way and asked.is_overdue(now=timezone.now()),
            waive_form=WaiveForm(),
            **kwargs,
        )


class FillView(AskedMixin, Answering, View):
    """The same form, filled in by staff for the contact."""

    template_name = "bookings/intake/fill.html"

    @property
    def object(self) -> IntakeRequest:
        return self.asked

    @property
    def by(self):
        return self.request.user

    def get(self, request, pk):
        if self.asked.covered_by and self.asked.is_unfinished:
            return redirect("bookings:intake_fill", self.asked.covered_by_id)
        if self.asked.status not in {*IntakeRequest.UNFINISHED, *IntakeRequest.ANSWERED}:
            messages.error(request, f"This form is marked as {self.asked.get_status_display().lower()}.")
            return redirect(self.asked)
        return self.page(filling.form_for(self.asked))

    def page(self, form, **context):
        noting.note_read(request=self.asked, by=self.request.user, now=timezone.now())
        return super().page(form, **context)

    def saved(self, asked):
        messages.success(self.request, "Saved. It is not submitted yet.")
        return redirect("bookings:intake_fill", asked.pk)

    def submitted(self, asked):
        messages.success(self.request, f"Submitted {asked.version.form} for {asked.contact}.")
        return redirect(asked)


class RequestAction(AskedMixin, View):
    """A button on a request: one service call in ``act``, which says what was done, and back to the button."""

    def post(self, request, pk):
        self.who_and_when = {"request": self.asked, "by": request.user, "now": timezone.now()}
        try:
            messages.success(request, self.act())
        except REFUSALS as refusal:
            messages.error(request, str(refusal))
        return self.back()

    def back(self):
        return back_to_button(self.request, otherwise=self.asked)


class ReviewView(RequestAction):
    def act(self):
        return f"Marked as read: {answering.review_answers(**self.who_and_when)}."


class WaiveView(RequestAction):
    def act(self):
        form = WaiveForm(self.request.POST)
        if not form.is_valid():
            raise answering.IntakeRefused(f"Not waived. The reason: {form.errors['reason'][0]}")
        waived = answering.waive_form(**form.cleaned_data, **self.who_and_when)
        return f"{waived.version.form} is not asked of {waived.contact} any more."


class AskAgainView(RequestAction):
    def act(self):
        return f"Asked again: {answering.ask_again(**self.who_and_when)}."


class RenewLinkView(RequestAction):
    def act(self):
        answering.renew_link(**self.who_and_when)
        return "The links sent so far do not work any more. Send the form again to hand out the new one."


class ResendView(AskedMixin, View):
    """Sends the link right now."""

    def post(self, request, pk):
        asked = self.asked
        about = {"booking": asked.booking, "form": asked, "by": request.user, "now": timezone.now()}
        try:
            message = reminding.send_form_reminder(**about, again="again" in request.POST)
        except reminding.NothingToRemind as refusal:
            messages.error(request, str(refusal))
        except reminding.RemindedJustNow as refusal:
            again = {"booking": asked.booking, "refusal": str(refusal), "next": request.POST.get("next", "")}
            return render(request, "bookings/desk/remind_again.html", again, status=409)
        else:
            if message.is_pending:
                messages.success(request, f"{asked.version.form} is on its way to {asked.contact}.")
            else:
                messages.warning(request, f"Nothing was sent to {asked.contact}. {message.reason}")
        return RequestAction.back(self)


class FileView(AskedMixin, View):
    """A file that a contact sent: always as a download, so that no browser runs it."""

    permission_required = "bookings.view_intakerequest"

    def get(self, request, pk, file):
        found = get_object_or_404(self.asked.files, pk=file)
        noting.note_download(file=found, by=request.user, now=timezone.now())
        response = HttpResponse(bytes(found.content), content_type=found.content_type)
        response.headers["Content-Disposition"] = content_disposition_header(True, found.name)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response
