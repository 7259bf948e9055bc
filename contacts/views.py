from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.generic import CreateView, DeleteView, DetailView, ListView, UpdateView

from careops.core import search
from careops.core.not_found import NotFoundMixin
from careops.core.once import OnceMixin, SentBefore
from careops.core.pagination import KeysetListMixin
from careops.core.versions import ChangedMeanwhile, VersionMixin
from contacts import services
from contacts.forms import ContactCreateForm, ContactEditForm, field_for
from contacts.models import Contact

CLOSEST = 50  # hits that a search shows
TWINS = 5  # people with the same address that a warning names


class ContactListView(PermissionRequiredMixin, KeysetListMixin, ListView):
    """The newest contacts, or those that fit a search; whoever presses Enter on a single hit is led to it."""

    permission_required = "contacts.view_contact"
    queryset = Contact.objects.for_list()

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.q = search.typed(request.GET)
        self.stage = request.GET.get("stage", "")

    def get_queryset(self):
        contacts = super().get_queryset()
        if self.stage in Contact.Stage:
            contacts = contacts.filter(stage=self.stage)
        return contacts.search(self.q)[: CLOSEST + 1] if self.q else contacts

    def get_paginate_by(self, queryset):
        return None if self.q else self.paginate_by

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        found = list(context["object_list"])
        return context | {
            "contacts": found[:CLOSEST],
            "more": len(found) > CLOSEST,
            "q": self.q,
            "stage": self.stage,
            "stages": Contact.Stage.choices,
            "add_query": urlencode({field_for(self.q): self.q}),
        }

    def render_to_response(self, context, **kwargs):
        found = context["contacts"]
        if self.q and len(found) == 1 and "open" in self.request.GET and not self.request.htmx:
            return redirect(found[0])
        return super().render_to_response(context, **kwargs)


class ContactCreateView(PermissionRequiredMixin, OnceMixin, CreateView):
    permission_required = "contacts.add_contact"
    model = Contact
    form_class = ContactCreateForm

    def get_initial(self):
        return {name: self.request.GET.get(name, "") for name in ("name", "email", "phone")}

    def form_valid(self, form):
        twins = self.twins(**form.cleaned_data)
        if {str(twin.pk) for twin in twins} - set(self.request.POST.getlist("seen")):
            return self.render_to_response(self.get_context_data(form=form, twins=twins), status=409)
        who_and_when = {"by": self.request.user, "now": timezone.now()}
        try:
            contact = services.create_contact(**form.cleaned_data, **who_and_when)
        except SentBefore as refusal:
            return self.sent_before(form, refusal)
        welcomed = contact.conversation.messages.pending().exists()
        messages.success(self.request, f"Added {contact}.{' A welcome is on its way.' if welcomed else ''}")
        return redirect(contact)

    def twins(self, *, email, phone, once, **_):
        """Others with the same address; not the one that this very form has made."""
        sharing = Contact.objects.for_list().sharing_address(email=email, phone=phone)[:TWINS]
        return [twin for twin in sharing if twin.once is None or twin.once != once]


class ContactDetailView(PermissionRequiredMixin, DetailView):
    permission_required = "contacts.view_contact"
    queryset = Contact.objects.select_related("conversation")

    def get_context_data(self, **kwargs):
        conversation = self.object.conversation
        is_paused = conversation.is_paused(now=timezone.now())
        return super().get_context_data(conversation=conversation, is_paused=is_paused, **kwargs)


class ContactEditView(NotFoundMixin, PermissionRequiredMixin, VersionMixin, UpdateView):
    gone = services.ContactGone
    permission_required = "contacts.change_contact"
    model = Contact
    form_class = ContactEditForm

    def form_valid(self, form):
        try:
            contact = services.change_contact(contact=self.object, by=self.request.user, **form.cleaned_data)
        except ChangedMeanwhile as refusal:
            return self.changed_meanwhile(form, refusal)
        messages.success(self.request, f"Saved {contact}.")
        return redirect(contact)


class ContactDeleteView(PermissionRequiredMixin, DeleteView):
    http_method_names = ["get", "head", "post"]  # the DELETE of a DeleteView would go round the service
    permission_required = "contacts.delete_contact"
    model = Contact
    icons = {"booking": "calendar-x", "message": "mail-x"}

    def get_context_data(self, **kwargs):
        dependants = services.dependants(self.object)
        consequences = [
            (self.icons.get(dependant.kind, "trash-2"), f"{dependant.words} will be deleted.")
            for dependant in dependants
        ]
        title = f"Delete {self.object}?"
        return super().get_context_data(title=title, consequences=consequences, **kwargs)

    def form_valid(self, form):
        services.delete_contact(contact=self.object, by=self.request.user)
        messages.success(self.request, f"Deleted {self.object}.")
        return redirect(reverse("contacts:list"))
