"""What people write in a conversation: replies, drafts of them, notes, and what they were told."""

from collections.abc import Callable

from django.contrib import messages
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html

from careops.core.once import SentBefore, new_token
from messaging.inbox import drafts, saying
from messaging.inbox.forms import DraftForm, IncomingForm, NoteForm, ReplyForm
from messaging.inbox.thread_views import ThreadView
from messaging.inbox.ways import usual_way, ways_to
from messaging.models import Message
from messaging.words.moments import until_words
from messaging.words.rules import Channel


class WriteView(ThreadView):
    """Sends what was typed, once. What is refused is answered on the page, with what was typed."""

    permission_required = "messaging.add_message"

    def usual_channel(self) -> Channel:
        way = usual_way(self.conversation, ways_to(self.conversation.contact))
        return way.channel if way else Channel.EMAIL

    def save_draft(self, form: DraftForm):
        wanted = form.cleaned_data
        return drafts.save_draft(
            conversation=self.conversation,
            by=self.request.user,
            body=wanted["body"],
            channel=Channel(wanted["channel"] or self.usual_channel()),
            once=wanted["once"],
            now=timezone.now(),
        )

    def refused(self, name: str, form, refusal: Exception):
        words = str(refusal)
        if isinstance(refusal, SentBefore):
            form.data = form.data.copy()
            form.data["once"] = new_token()
            words = format_html(
                'This was sent before, and says <a href="{}">something else</a>. Send it again to say both.',
                refusal.made.get_absolute_url(),
            )
        form.add_error(None, words)
        return self.show(status=409, **{name: form})


class ReplyView(WriteView):
    """:param reply: what answers, see `saying.reply`: more may follow from an answer than is known here"""

    reply: Callable[..., Message] = None

    def post(self, request, *args, **kwargs):
        if {"insert", "keep"} & request.POST.keys():
            return self.keep_draft()
        form = ReplyForm(request.POST)
        if not form.is_valid():
            return self.show(reply_form=form)
        wanted = form.cleaned_data
        wanted["channel"] = Channel(wanted["channel"] or self.usual_channel())
        try:
            message = self.reply(
                conversation=self.conversation, by=request.user, now=timezone.now(), **wanted
            )
        except (saying.ChannelClosed, saying.SaidMeanwhile, SentBefore) as refusal:
            return self.refused("reply_form", form, refusal)
        conversation = message.conversation
        words = f"Your reply to {conversation.contact} is on its way by {wanted['channel'].label}."
        if conversation.paused_at:
            words += f" Automation stays silent until {until_words(conversation.paused_until)}."
        messages.success(request, words)
        return self.back_to_thread()

    def keep_draft(self):
        """Without scripts: put a text in, or keep what was typed, and show it again."""
        form = DraftForm(self.request.POST)
        if not form.is_valid():
            return self.show(reply_form=form)
        self.save_draft(form)
        return self.back_to_thread()


class DraftView(WriteView):
    """Keeps what is typed while it is typed, and says how many text messages it would be."""

    def post(self, request, *args, **kwargs):
        form = DraftForm(request.POST)
        if not form.is_valid():
            refused = {"errors": form.errors, "conversation": self.conversation}
            return render(request, "messaging/inbox/_draft.html", refused)
        draft = self.save_draft(form)
        return render(request, "messaging/inbox/_draft.html", {"draft": draft})


class NoteView(WriteView):
    def post(self, request, *args, **kwargs):
        form = NoteForm(request.POST, auto_id="id_note_%s")
        if not form.is_valid():
            return self.show(note_form=form)
        try:
            saying.add_note(
                conversation=self.conversation, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except SentBefore as refusal:
            return self.refused("note_form", form, refusal)
        messages.success(request, "Noted for your colleagues.")
        return self.back_to_thread()


class IncomingView(WriteView):
    def post(self, request, *args, **kwargs):
        form = IncomingForm(request.POST, auto_id="id_incoming_%s")
        if not form.is_valid():
            return self.show(incoming_form=form)
        try:
            saying.record_incoming(
                conversation=self.conversation, at=timezone.now(), by=request.user, **form.cleaned_data
            )
        except SentBefore as refusal:
            return self.refused("incoming_form", form, refusal)
        messages.success(request, f"Noted what {self.conversation.contact} said.")
        return self.back_to_thread()
