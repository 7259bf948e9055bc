"""Anybody writes to us, without an account."""

from django.shortcuts import redirect
from django.utils import timezone
from django.views.generic import FormView, TemplateView

from accounts.public import PublicMixin
from careops.core.once import SentBefore
from contacts import unverified
from contacts.public_forms import WriteForm

OFTEN = "You have written very often just now. Please wait an hour, or call us."
WRITTEN_BEFORE = (
    "You have sent this before, and we have it as you wrote it then. What you have changed since is not saved. Send it"
    " again to write another message."
)


class WriteView(PublicMixin, FormView):
    form_class = WriteForm
    template_name = "contacts/public/write.html"

    def get_initial(self):
        return {name: self.request.GET.get(name, "")[:254] for name in ("name", "email", "phone")}

    def post(self, request, *args, **kwargs):
        form = self.get_form()
        if form.is_from_a_machine:
            return redirect("contact_thanks")
        return self.form_valid(form) if form.is_valid() else self.form_invalid(form)

    def form_valid(self, form):
        if not self.may_make("message"):
            return self.refused(form, OFTEN, status=429)
        data = form.cleaned_data
        try:
            unverified.write_to_us(who=form.who, body=data["message"], now=timezone.now(), once=data["once"])
        except SentBefore:
            form.renew()
            return self.refused(form, WRITTEN_BEFORE)
        return redirect("contact_thanks")

    def refused(self, form, words: str, *, status: int = 409):
        form.add_error(None, words)
        return self.render_to_response(self.get_context_data(form=form), status=status)


class ThanksView(PublicMixin, TemplateView):
    template_name = "contacts/public/thanks.html"
