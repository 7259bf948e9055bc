"""What people decide about a conversation: one button each."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone

from careops.core.arrived import NOTHING, all_errors
from careops.core.numbers import plural
from messaging import pause
from messaging.inbox import handling, saying
from messaging.inbox.forms import AssignForm, SeenForm, SnoozeForm
from messaging.inbox.thread_views import ThreadView
from messaging.words.moments import moment_words


class HandleView(ThreadView):
    permission_required = "messaging.change_conversation"

    def refused(self, words: str):
        messages.error(self.request, words)
        return self.back_to_thread()

    @property
    def seen(self) -> int | None:
        form = SeenForm(self.request.POST)
        return form.cleaned_data["seen"] if form.is_valid() else None


class AssignView(HandleView):
    def post(self, request, *args, **kwargs):
        form = AssignForm(request.POST)
        if not form.is_valid():
            gone = "That person does not work here any more."
            return self.refused(gone if form.has_arrived else NOTHING)
        try:
            handling.assign_conversation(conversation=self.conversation, by=request.user, **form.cleaned_data)
        except handling.TakenMeanwhile as refusal:
            return self.refused(str(refusal))
        whose = form.cleaned_data["assignee"]
        if whose == request.user:
            messages.success(request, "The conversation is yours.")
        else:
            messages.success(request, f"Given to {whose}." if whose else "The conversation is nobody's now.")
        return self.back_to_thread()


class SnoozeView(HandleView):
    def post(self, request, *args, **kwargs):
        now = timezone.now()
        form = SnoozeForm(request.POST, now=now)
        if not form.is_valid():
            return self.refused(all_errors(form))
        try:
            handling.snooze_conversation(
                conversation=self.conversation, by=request.user, now=now, **form.cleaned_data
            )
        except (handling.SnoozeInThePast, saying.SaidMeanwhile) as refusal:
            return self.refused(str(refusal))
        back = moment_words(form.cleaned_data["until"])
        messages.success(request, f"{self.conversation.contact} comes back {back}, or with the next message.")
        return self.back_to_inbox()


class ReadView(HandleView):
    """The page says by itself that somebody looks at it: a GET changes nothing."""

    def post(self, request, *args, **kwargs):
        handling.mark_read(conversation=self.conversation, seen=self.seen, by=request.user)
        return HttpResponse(status=204) if request.htmx else self.back_to_thread()


class UnreadView(HandleView):
    def post(self, request, *args, **kwargs):
        handling.mark_unread(conversation=self.conversation, by=request.user)
        messages.success(request, f"Marked {self.conversation.contact} as unread.")
        return self.back_to_inbox()


class ResumeView(HandleView):
    def post(self, request, *args, **kwargs):
        released = pause.resume_automation(
            conversation=self.conversation, by=request.user, now=timezone.now()
        )
        words = f"Automation may write to {self.conversation.contact} again."
        if released:
            words += f" {plural(released, 'held message leaves', 'held messages leave')} now."
        messages.success(request, words)
        return self.back_to_thread()


class CloseView(HandleView):
    def post(self, request, *args, **kwargs):
        try:
            handling.close_conversation(
                conversation=self.conversation, seen=self.seen, by=request.user, now=timezone.now()
            )
        except saying.SaidMeanwhile as refusal:
            return self.refused(str(refusal))
        messages.success(request, f"Closed the conversation with {self.conversation.contact}.")
        return self.back_to_inbox()


class ReopenView(HandleView):
    def post(self, request, *args, **kwargs):
        handling.reopen_conversation(conversation=self.conversation, by=request.user)
        messages.success(request, f"Opened the conversation with {self.conversation.contact} again.")
        return self.back_to_thread()
