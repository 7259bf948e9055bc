"""Who a booking is for: somebody known, found by name, number or address, or somebody new."""

import re
from dataclasses import dataclass, field
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from bookings.desk.forms import CallerForm
from careops.core import search
from careops.core.unseen import seen
from contacts.forms import field_for
from contacts.models import Contact

NEW = "new"  # in place of the primary key of a contact
MATCHES, LAST_ADDED = 7, 3  # as many people as fit under a search field
TWINS = 3  # people with the same address that a hint names


@dataclass
class Who:
    """What the page knows about the person.

    :ivar caller: what is typed of somebody new; None: they are known, or not chosen yet
    :ivar matches: who is found for ``text``, or was added last
    :ivar may_add: whether the person at the desk may add contacts
    :ivar may_look: whether they may see those there are
    """

    contact: Contact | None = None
    caller: CallerForm | None = None
    text: str = ""
    matches: list[Contact] = field(default_factory=list)
    may_add: bool = False
    may_look: bool = True

    @property
    def key(self) -> str:
        """As the hidden field of the page carries it."""
        return str(self.contact.pk) if self.contact else NEW if self.caller else ""

    @property
    def is_known(self) -> bool:
        """Whether enough is said about them to book."""
        return self.contact is not None or (
            self.caller is not None and self.caller.is_bound and self.caller.is_valid()
        )

    @cached_property
    def twins(self) -> list[Contact]:
        """Others with the address of somebody new; families share one, so it is a hint and no more."""
        if self.caller is None or not self.may_look:
            return []
        typed = {name: str(self.caller[name].value() or "")[:254] for name in ("email", "phone")}
        typed = {name: seen(text) for name, text in typed.items()}
        return list(Contact.objects.for_list().sharing_address(**typed)[:TWINS])

    def unseen_twins(self, *, seen: list[str], once: UUID | None) -> list[Contact]:
        """Those that the page has not named yet; not the one that this very form has made."""
        strangers = [twin for twin in self.twins if twin.once is None or twin.once != once]
        return [twin for twin in strangers if str(twin.pk) not in seen]


def read_who(sent: QueryDict, *, may_add: bool, may_look: bool) -> Who:
    """Who ``sent`` is about; a button that picks somebody wins over who was there before.

    :raises Http404: if there is no such contact
    :raises PermissionDenied: if they may not see contacts, and ask for some
    """
    key, text = sent.get("pick", sent.get("contact", "")), search.typed(sent)
    if key == NEW and may_add:
        is_new = "pick" in sent
        caller = CallerForm(initial={field_for(text): text}) if is_new else CallerForm(sent)
        return Who(caller=caller, text=text, may_add=True, may_look=may_look)
    if not may_look:
        if key or text:
            raise PermissionDenied
        return Who(may_add=may_add, may_look=False)
    if key:
        return Who(contact=_contact(key), text=text, may_add=may_add)
    found = Contact.objects.search(text)[:MATCHES] if text else Contact.objects.for_list()[:LAST_ADDED]
    matches = list(found)
    if "find" in sent and text and len(matches) == 1:
        return Who(contact=_contact(str(matches[0].pk)), may_add=may_add)
    return Who(text=text, matches=matches, may_add=may_add)


def _contact(key: str) -> Contact:
    if not re.fullmatch("[0-9]{1,18}", key):
        raise Http404("There is no such contact.")
    return get_object_or_404(Contact.objects.select_related("conversation__paused_by"), pk=key)
