"""What staff note about the wishes of a contact: one button each."""

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.generic import View

from careops.core.arrived import all_errors
from messaging.consent import services
from messaging.consent.forms import ConsentForm, HintForm
from messaging.models import ConsentChange, Conversation
from messaging.models.address import addresses_of
from messaging.words.rules import Channel


class ConsentView(PermissionRequiredMixin, View):
    """They said it by phone or at the desk."""

    permission_required = "messaging.change_conversation"

    def post(self, request, contact_pk):
        conversation = conversation_with(contact_pk)
        contact, form = conversation.contact, ConsentForm(request.POST)
        if form.is_valid():
            self.note(contact, form)
        else:
            messages.error(request, all_errors(form))
        return redirect(conversation if request.POST.get("back") == "thread" else contact)

    def note(self, contact, form):
        channel, stop = Channel(form.cleaned_data["channel"]), form.cleaned_data["wish"] == "stop"
        value = addresses_of(contact)[channel]
        if not value:
            messages.error(self.request, f"{contact} has no address for {channel.label}.")
            return
        change = services.refuse if stop else services.allow
        change(
            channel=channel,
            value=value,
            source=ConsentChange.Source.STAFF,
            words=form.cleaned_data["words"],
            by=self.request.user,
            now=timezone.now(),
        )
        said = (
            f"Nothing more goes to {value}." if stop else f"{contact} gets messages by {channel.label} again."
        )
        messages.success(self.request, said)


class HintView(PermissionRequiredMixin, View):
    """Whether a message that looks like an opt-out is one."""

    permission_required = "messaging.change_conversation"

    def post(self, request, contact_pk):
        conversation, form = conversation_with(contact_pk), HintForm(request.POST)
        if not form.is_valid():
            messages.error(request, "Say whether they want no more messages.")
            return redirect(conversation)
        try:
            address = services.decide_hint(
                conversation=conversation, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except services.NothingToDecide as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"Nothing more goes to {address}." if address else "Noted: no opt-out.")
        return redirect(conversation)


def conversation_with(contact_pk: int) -> Conversation:
    return get_object_or_404(Conversation.objects.select_related("contact"), contact=contact_pk)
