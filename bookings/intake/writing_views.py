"""Intake forms as those see them who write them: the list, one form with its draft, its settings and its questions."""

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import DetailView, FormView, ListView, View
from django.views.generic.detail import SingleObjectMixin

from bookings.intake import export, questions, writing
from bookings.intake.answers_form import AnswersForm
from bookings.intake.forms import (
    IntakeFormCreateForm,
    IntakeFormEditForm,
    IntroductionForm,
    QuestionCreateForm,
    QuestionForm,
)
from bookings.models import IntakeForm
from careops.core.once import OnceMixin, SentBefore
from careops.core.versions import ChangedMeanwhile, VersionMixin


class IntakeFormListView(PermissionRequiredMixin, ListView):
    permission_required = "bookings.view_intakeform"
    template_name = "bookings/intake/form_list.html"

    def get_queryset(self):
        return IntakeForm.objects.for_list().with_figures(now=timezone.now()).prefetch_related("services")


class IntakeFormCreateView(PermissionRequiredMixin, OnceMixin, FormView):
    permission_required = "bookings.add_intakeform"
    template_name = "bookings/intake/form_settings.html"
    form_class = IntakeFormCreateForm

    def form_valid(self, form):
        try:
            made = writing.create_intake_form(**form.cleaned_data, by=self.request.user)
        except SentBefore as refusal:
            return self.sent_before(form, refusal)
        messages.success(self.request, f"Added {made}. Now write its questions.")
        return redirect(made)


class FormMixin(PermissionRequiredMixin, SingleObjectMixin):
    """For views about one form, ``object``, with its words: the draft where there is one."""

    permission_required = "bookings.change_intakeform"
    queryset = IntakeForm.objects.all()

    @cached_property
    def object(self) -> IntakeForm:
        return self.get_object()

    @cached_property
    def words(self):
        """The newest version, draft or not."""
        return self.object.versions.first()

    def get_context_data(self, **kwargs):
        asked = questions.read(self.words.questions)
        return super().get_context_data(words=self.words, questions=asked, **kwargs)


class IntakeFormView(FormMixin, DetailView):
    permission_required = "bookings.view_intakeform"
    template_name = "bookings/intake/form.html"

    def get_queryset(self):
        return IntakeForm.objects.with_figures(now=timezone.now()).prefetch_related("services")

    def get(self, request, pk):
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs):
        versions = list(self.object.versions.in_use()[:10])
        return super().get_context_data(versions=versions, kinds=questions.Kind.choices, **kwargs)


class IntakeFormEditView(FormMixin, VersionMixin, FormView):
    template_name = "bookings/intake/form_settings.html"
    form_class = IntakeFormEditForm

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"instance": self.object}

    def form_valid(self, form):
        try:
            saved = writing.change_intake_form(
                form=self.get_object(), **form.cleaned_data, by=self.request.user
            )
        except ChangedMeanwhile as refusal:
            return self.changed_meanwhile(form, refusal)
        messages.success(self.request, f"Saved {saved}.")
        return redirect(saved)


class WordsView(FormMixin, VersionMixin, FormView):
    """A form about words of the draft."""

    template_name = "bookings/intake/question.html"

    def refused(self, form, refusal: writing.FormRefused):
        """The page with what was typed. Sent again, it counts as typed by somebody who has looked at the form."""
        form.data = form.data.copy()
        form.data["version"] = self.get_object().version
        form.add_error(None, str(refusal))
        return self.render_to_response(self.get_context_data(form=form), status=409)


class IntroductionView(WordsView):
    form_class = IntroductionForm

    def get_initial(self):
        return super().get_initial() | {"introduction": self.words.introduction}

    def form_valid(self, form):
        try:
            writing.change_introduction(form=self.object, **form.cleaned_data, by=self.request.user)
        except writing.FormRefused as refusal:
            return self.refused(form, refusal)
        messages.success(self.request, "Saved the introduction in the draft.")
        return redirect(self.object)


class QuestionView(WordsView):
    """A new question of a ``kind``, or the one with the ``key``."""

    @cached_property
    def question(self) -> questions.Question | None:
        if "key" not in self.kwargs:
            return None
        asked = questions.read(self.words.questions)
        found = next((question for question in asked if question.key == self.kwargs["key"]), None)
        if found is None:
            raise Http404
        return found

    @cached_property
    def kind(self) -> questions.Kind:
        try:
            return questions.Kind(self.question.kind if self.question else self.kwargs["kind"])
        except ValueError as error:
            raise Http404 from error

    def get_form_class(self):
        return QuestionForm if self.question else QuestionCreateForm

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"kind": self.kind}

    def get_initial(self):
        there = self.question.as_json() if self.question else {}
        return super().get_initial() | there | {"options": "\n".join(there.get("options", []))}

    def form_valid(self, form):
        key = self.question.key if self.question else None
        values = form.cleaned_data | {"kind": self.kind.value}
        try:
            writing.save_question(form=self.object, key=key, **values, by=self.request.user)
        except writing.FormRefused as refusal:
            return self.refused(form, refusal)
        return redirect(self.object)


class FormAction(FormMixin, View):
    """A button on a form: one service call in ``act``, which returns what to say."""

    def post(self, request, **kwargs):
        try:
            if words := self.act():
                messages.success(request, words)
        except writing.FormRefused as refusal:
            messages.error(request, str(refusal))
        return redirect(self.object)


class QuestionMoveView(FormAction):
    def act(self):
        up = "up" in self.request.POST
        writing.move_question(form=self.object, key=self.kwargs["key"], up=up, by=self.request.user)


class QuestionRemoveView(FormAction):
    def act(self):
        question = writing.remove_question(form=self.object, key=self.kwargs["key"], by=self.request.user)
        return f"Removed “{question.label}” from the draft."


class PublishView(FormAction):
    def act(self):
        version = writing.publish_form(form=self.object, by=self.request.user, now=timezone.now())
        return f"{self.object} is asked in these words from now on (version {version.number})."


class DiscardView(FormAction):
    def act(self):
        writing.discard_draft(form=self.object, by=self.request.user)
        return f"Dropped the changes. {self.object} is as it was."


class PreviewView(FormMixin, DetailView):
    """As customers see it."""

    permission_required = "bookings.view_intakeform"
    template_name = "bookings/intake/preview.html"

    def get(self, request, pk):
        asked = questions.read(self.words.questions)
        form = AnswersForm(questions=asked, answers={}, files={}, use_required_attribute=False)
        return self.render_to_response(self.get_context_data(form=form, rows=list(form.rows())))


class ExportView(FormMixin, View):
    def post(self, request, pk):
        rows = writing.export_answers(form=self.object, by=request.user)
        response = HttpResponse(export.as_csv(rows), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="answers-{self.object.pk}.csv"'
        return response
