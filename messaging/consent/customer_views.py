"""Where whoever owns an address decides what comes there: no sign-in, and no link that acts by itself."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import DetailView

from accounts.public import PublicMixin
from messaging import looks
from messaging.consent import services
from messaging.models import Address, ConsentChange
from messaging.words.rules import Channel

NOUNS = {Channel.EMAIL: "emails", Channel.SMS: "texts"}
PARTS = [
    ("Your visits", "Confirmations, reminders, changes and forms", True),
    ("Everything else", "Such as a welcome or a thank-you", False),
]  # title, detail, whether they are about visits
WISHES = {
    "allow": "Send me all {}",
    "visits": "Only {} about my visits",
    "stop": "Stop all {}",
}  # as on the buttons


# Mail programs press the button with nothing but the address of the page (RFC 8058), which nobody else knows.
@method_decorator(csrf_exempt, name="dispatch")
class PreferencesView(PublicMixin, DetailView):
    model = Address
    slug_field, slug_url_kwarg = "token", "token"
    template_name = "messaging/consent/public_preferences.html"

    def get_context_data(self, **kwargs):
        address = self.object
        parts = [
            (title, detail, looks.for_customer(address, about_visits=about_visits))
            for title, detail, about_visits in PARTS
        ]
        return super().get_context_data(
            masked=masked(address), noun=NOUNS[address.channel], parts=parts, **kwargs
        )

    def post(self, request, token):
        address = get_object_or_404(Address, token=token)
        if request.POST.get("List-Unsubscribe") == "One-Click":
            # The button stands on mail that keeps in touch; reminders of their visits are kept apart.
            if not address.is_refused:
                _decide(address, "visits", source=ConsentChange.Source.UNSUBSCRIBE)
            return HttpResponse("You are unsubscribed.\n", content_type="text/plain")
        wish = request.POST.get("wish")
        if wish in WISHES:
            _decide(address, wish, source=ConsentChange.Source.PREFERENCES)
            messages.success(request, "Noted. You can change it here whenever you like.")
        return redirect("preferences", token=token)


def _decide(address: Address, wish: str, *, source: ConsentChange.Source) -> None:
    """Note what its owner has decided, with the words of the button they pressed as evidence."""
    channel, now = Channel(address.channel), timezone.now()
    change = services.allow if wish == "allow" else services.refuse
    values = {} if wish == "allow" else {"but_visits": wish == "visits"}
    words = WISHES[wish].format(NOUNS[channel])
    change(channel=channel, value=address.value, source=source, words=words, now=now, **values)


def masked(address: Address) -> str:
    """An address that its owner knows again, and nobody else: a•••@example.com, +44•••••00."""
    if address.channel == Channel.EMAIL:
        mailbox, _, domain = address.value.rpartition("@")
        return f"{mailbox[:1]}•••@{domain}"
    return f"{address.value[:3]}•••••{address.value[-2:]}"
