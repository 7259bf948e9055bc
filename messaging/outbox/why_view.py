"""Why a contact did or did not get a message."""

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.views.generic import DetailView

from messaging.models import Conversation
from messaging.outbox import why


class WhyView(PermissionRequiredMixin, DetailView):
    permission_required = "messaging.view_message"
    template_name = "messaging/outbox/why.html"
    queryset = Conversation.objects.select_related("contact")
    slug_field = "contact"
    slug_url_kwarg = "contact_pk"

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs, verdicts=why.about_contact(self.object))
