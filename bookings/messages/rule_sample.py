"""Whom and what the words of a rule are filled in with, to be looked at before anybody gets them.

Here and not in messaging, since it takes a contact and a visit.
"""

import datetime
from dataclasses import dataclass
from functools import cached_property

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import Business, User
from alerts.models import Alert
from bookings.messages.agenda import visit_values
from bookings.models import Booking, Service
from careops.core.unseen import VisibleField
from contacts import phones
from contacts.models import Contact
from messaging.deciding.facts import reach_of
from messaging.fields import BodyField, OrderField
from messaging.models import Rule
from messaging.outbox.planning import contact_values, rendered
from messaging.words import sentences, texts
from messaging.words.rules import Channel

MATCHES = 5
WORDS = ["subject", "body", "sms"]
INVENTED_ALERT = {"title": "Gloves are running low", "detail": "3 left, reorder at 10.", "url": "/inventory/"}


class PreviewForm(forms.Form):
    """Words as they stand in the editor, saved or not, and whom to show them for."""

    subject = VisibleField(max_length=200, required=False)
    body = BodyField(max_length=5000, required=False)
    sms = BodyField(max_length=480, required=False)
    channels = OrderField(required=False)
    contact = forms.IntegerField(min_value=1, max_value=2**62, required=False)
    q = VisibleField(max_length=120, required=False)
    to = VisibleField(max_length=254, required=False)

    def clean_to(self):
        """The channel and the address of a test."""
        text = self.cleaned_data["to"]
        if "@" in text:
            validate_email(text)
            return Channel.EMAIL, text.lower()
        if number := phones.e164(text):
            return Channel.SMS, number
        raise ValidationError("Write your email address or your mobile number.")


@dataclass(frozen=True)
class Sample:
    """Whom and what a preview is about.

    :param contact: None for what staff are told
    :param note: what of it is invented; empty: nothing
    """

    contact: Contact | None
    values: dict[str, str]
    note: str = ""


def sample_of(
    rule: Rule, contact_pk: int | None, *, business: Business, staff: User, now: datetime.datetime
) -> Sample:
    """A contact with a visit to fill the words in: the one asked for, else whoever comes next.

    :param contact_pk: None, or of nobody: whoever comes next
    :param staff: with whom an invented visit is
    """
    if rule.is_for_staff:
        alert = Alert.objects.order_by("-pk").values("title", "detail", "url").first() or INVENTED_ALERT
        link = settings.ALLOWED_ORIGINS[0] + alert["url"]
        return Sample(None, {"title": alert["title"], "detail": alert["detail"], "link": link})
    bookings = Booking.objects.select_related("contact", "service", "staff")
    if contact_pk:
        bookings = bookings.filter(contact=contact_pk)
    visit = (
        bookings.upcoming(now=now).order_by("starts_at", "pk").first()
        or bookings.order_by("-starts_at", "-pk").first()
    )
    contacts = Contact.objects.filter(pk=contact_pk) if contact_pk else Contact.objects.order_by("-pk")
    contact = (
        visit.contact if visit else contacts.first() or Contact(name="Ada Example", email="ada@example.com")
    )
    note = "" if contact.pk else "There are no contacts yet, so this one is invented."
    values = contact_values(contact, business)
    if not rule.standard.about_visit:
        return Sample(contact, values, note)
    if visit is None:
        note = note or f"{contact} has no visit yet, so this one is invented."
        visit = _invented_visit(contact, staff, zone=business.zone, now=now)
    return Sample(contact, values | visit_values(visit, zone=business.zone), note)


def _invented_visit(contact, staff, *, zone, now) -> Booking:
    tomorrow = now.astimezone(zone).date() + datetime.timedelta(days=1)
    starts_at = datetime.datetime.combine(tomorrow, datetime.time(10), zone)
    service = Service.objects.active().order_by("pk").first() or Service(name="Massage")
    return Booking(contact=contact, service=service, staff=staff, starts_at=starts_at)


@dataclass(frozen=True)
class Preview:
    """A rule with the words as they were typed, unsaved, and what somebody would get.

    :param text: what was searched for, to find another contact
    """

    rule: Rule
    sample: Sample
    text: str
    business: Business

    @cached_property
    def said(self) -> dict[str, str]:
        return rendered(self.rule, self.sample.values)

    @property
    def problems(self) -> list[str]:
        known = self.rule.placeholders
        found = [texts.problems(getattr(self.rule, name), known=known) for name in WORDS]
        return list(dict.fromkeys(sentence for sentences in found for sentence in sentences))

    @property
    def gaps(self) -> list[str]:
        """What the placeholders in use stand for that say nothing here. A form that is not missing is no gap."""
        used = texts.PLACEHOLDER.findall("".join(getattr(self.rule, name) for name in WORDS))
        return [
            meaning
            for name, meaning in self.rule.placeholders.items()
            if name in used and name != "form_link" and not self.sample.values.get(name)
        ]

    @property
    def segments(self) -> int:
        return texts.sms_segments(self.said["sms"])

    @property
    def rarer(self) -> str:
        return "".join(sorted(texts.rarer(self.said["sms"])))

    @cached_property
    def way(self) -> str:
        """By which channel the rule would reach the contact; empty: by none."""
        reach = reach_of(self.sample.contact, business=self.business)
        channels = [Channel(name) for name in self.rule.channels]
        channel = next((channel for channel in channels if reach[channel].is_open), None)
        return f"{sentences.ways([channel])} to {reach[channel].address}" if channel else ""

    @cached_property
    def matches(self) -> list[Contact]:
        return list(Contact.objects.search(self.text)[:MATCHES]) if self.text else []


def preview_of(
    rule: Rule, form: PreviewForm, *, business: Business, staff: User, now: datetime.datetime
) -> Preview:
    """``rule`` as ``form`` has it. What was not sent, or makes no sense, stays as it is saved."""
    typed = form.cleaned_data
    for name in WORDS:
        if name in form.data and name in typed:
            setattr(rule, name, typed[name])
    rule.channels = typed.get("channels") or rule.channels
    sample = sample_of(rule, typed.get("contact"), business=business, staff=staff, now=now)
    return Preview(rule, sample, typed.get("q", ""), business)
