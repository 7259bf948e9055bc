"""The answers that are needed often: everybody uses them, admins write them."""

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.shortcuts import redirect
from django.views.generic import CreateView, DeleteView, ListView, UpdateView

from careops.core.not_found import NotFoundMixin
from careops.core.versions import ChangedMeanwhile, VersionMixin
from messaging.inbox import saved_replies
from messaging.inbox.forms import SavedReplyForm
from messaging.models import SavedReply
from messaging.words import texts

LIST = "messaging:saved_replies"


class SavedReplyListView(PermissionRequiredMixin, ListView):
    permission_required = "messaging.view_savedreply"
    queryset = SavedReply.objects.order_by("name", "pk")
    template_name = "messaging/inbox/saved_replies.html"


class SavedReplyFormMixin(PermissionRequiredMixin):
    model = SavedReply
    form_class = SavedReplyForm
    template_name = "messaging/inbox/saved_reply_form.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(placeholders=texts.CONTACT.items(), **kwargs)

    def name_taken(self, form, refusal: saved_replies.NameTaken):
        form.add_error("name", str(refusal))
        return self.render_to_response(self.get_context_data(form=form), status=409)


class SavedReplyCreateView(SavedReplyFormMixin, CreateView):
    permission_required = "messaging.add_savedreply"

    def form_valid(self, form):
        words = {name: form.cleaned_data[name] for name in ("name", "body")}
        try:
            saved_reply = saved_replies.create_saved_reply(**words, by=self.request.user)
        except saved_replies.NameTaken as refusal:
            return self.name_taken(form, refusal)
        messages.success(self.request, f"Saved the reply “{saved_reply}”.")
        return redirect(LIST)


class SavedReplyEditView(NotFoundMixin, SavedReplyFormMixin, VersionMixin, UpdateView):
    gone = saved_replies.SavedReplyGone
    permission_required = "messaging.change_savedreply"

    def form_valid(self, form):
        try:
            saved_reply = saved_replies.change_saved_reply(
                saved_reply=self.object, by=self.request.user, **form.cleaned_data
            )
        except ChangedMeanwhile as refusal:
            return self.changed_meanwhile(form, refusal)
        except saved_replies.NameTaken as refusal:
            return self.name_taken(form, refusal)
        messages.success(self.request, f"Saved the reply “{saved_reply}”.")
        return redirect(LIST)


class SavedReplyDeleteView(PermissionRequiredMixin, DeleteView):
    http_method_names = ["get", "head", "post"]  # the DELETE of a DeleteView would go round the service
    permission_required = "messaging.delete_savedreply"
    model = SavedReply
    template_name = "messaging/inbox/saved_reply_confirm_delete.html"

    def form_valid(self, form):
        saved_replies.delete_saved_reply(saved_reply=self.object, by=self.request.user)
        messages.success(self.request, f"Deleted the reply “{self.object}”.")
        return redirect(LIST)
