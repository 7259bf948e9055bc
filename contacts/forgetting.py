"""A contact is forgotten: what is left of it says who did what and when, and not to whom.

Its own rows go along by their foreign keys. Here is also whatever names it from elsewhere, by a key or by an address.
"""

import re
from collections.abc import Iterable

from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import NestedObjects
from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Func, IntegerField, Model, Q, QuerySet, Value

from accounts.models import AuditEntry, User, subject_key
from alerts.models import Alert
from contacts.models import Contact
from messaging.models import Address, Message, Provider, WebhookEvent
from messaging.words.rules import RuleCode

WHO = "a deleted contact"
# What an alert is about, without the bout that tells it from the next one, see `alerts.troubles`
SOURCE = Func(F("source_key"), Value(r"^\w+:\w+"), function="substring")


def rows_of(contact: Contact) -> dict[type[Model], list[int]]:
    """The keys of what goes along with a contact by foreign keys, itself included, by model."""
    collector = NestedObjects(using="default")
    collector.collect([contact])
    return {model: [row.pk for row in rows] for model, rows in collector.model_objs.items()}


def forget(contact: Contact) -> None:
    """Delete a contact and whatever says who it was, under the locks of `contacts.services.delete_contact`.

    Alerts about it go, and so does what staff were mailed of them; the audit trail and the log of Django admin stay,
    without their words. An address that somebody else has as well stays theirs, with its consent.
    """
    values, url, rows = _own_addresses(contact), contact.get_absolute_url(), rows_of(contact)
    contact.delete()  # waits for whoever holds one of the rows, so that what they write is found below
    rows[Address] = _delete(Address.objects.filter(value__in=values))
    alerts = Alert.objects.annotate(source=SOURCE)
    rows[Alert] = _delete(alerts.filter(Q(source__in=_names(rows)) | Q(url=url)))
    mailed = _mailed_to_staff(contact.name, values, about=_names(rows))
    rows[Message] = [*rows.get(Message, []), *_delete(mailed)]
    _take_out(values)
    AuditEntry.objects.filter(subject_key__in=_names(rows)).update(subject=WHO, changes={})
    for model, kind in ContentType.objects.get_for_models(*rows).items():
        logged = LogEntry.objects.filter(content_type=kind, object_id__in=[*map(str, rows[model])])
        logged.update(object_repr=WHO, change_message="")


def _names(rows: dict[type[Model], list[int]]) -> list[str]:
    """As audit entries, alerts and messages call them."""
    return [subject_key(model(pk=key)) for model, keys in rows.items() for key in keys]


def _delete(rows: QuerySet) -> list[int]:
    """Delete ``rows`` and return their keys."""
    keys = [*rows.values_list("pk", flat=True)]
    rows.model.objects.filter(pk__in=keys).delete()
    return keys


def _own_addresses(contact: Contact) -> set[str]:
    """Where the contact was written to and wrote from, without what belongs to somebody else as well."""
    written = Message.objects.filter(conversation__contact=contact).values_list("address", flat=True)
    values = {contact.email, f"+{contact.phone_digits}", *written.distinct()} - {"", "+"}
    numbers = [value.removeprefix("+") for value in values]
    others = Contact.objects.exclude(pk=contact.pk).filter(Q(email__in=values) | Q(phone_digits__in=numbers))
    for email, number in others.values_list("email", "phone_digits"):
        values -= {email, f"+{number}"}
    return values - {*User.objects.filter(email__in=values).values_list("email", flat=True)}


def _mailed_to_staff(name: str, values: set[str], *, about: list[str]) -> QuerySet:
    """What no conversation holds: notices of alerts, answers to a number nobody knew then, tests with real words."""
    test = Q(rule=RuleCode.TEST) & _says(["subject", "body", "sms"], [name, *values])
    return Message.objects.filter(Q(about_key__in=about) | Q(address__in=values) | test, conversation=None)


def _take_out(values: set[str]) -> None:
    """Replace addresses in what providers said, which is about everybody whose messages they refuse."""
    # What nobody has read yet is worked off as it came; what was read stays, so that it is not taken for new again.
    heard = WebhookEvent.objects.exclude(processed_at=None)
    for value in values:
        place = Func(Value(value.encode()), F("raw"), function="position", arg_joiner=" IN ")
        place.output_field = IntegerField()
        about = heard.annotate(place=place).filter(Q(place__gt=0) | Q(payload__icontains=value))
        about.update(payload={}, raw=None)
        _replace(Message.objects.filter(conversation=None, rule=RuleCode.STAFF_NOTICE), "body", value)
        _replace(Provider.objects.all(), "words", value)
        _replace(Alert.objects.filter(kind=Alert.Kind.DELIVERY), "detail", value)


def _replace(rows: QuerySet, field: str, value: str) -> None:
    said = Func(F(field), Value(re.escape(value)), Value(WHO), Value("gi"), function="regexp_replace")
    rows.filter(_says([field], [value])).update(**{field: said})


def _says(fields: Iterable[str], texts: Iterable[str]) -> Q:
    """Where one of ``texts`` stands in one of ``fields``; of no texts: nowhere."""
    found = Q(pk__in=[])
    for field in fields:
        for text in texts:
            found |= Q(**{f"{field}__icontains": text})
    return found
