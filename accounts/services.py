"""What can be done with people and with the business; and `record`, which every service calls."""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from accounts import limits
from accounts.models import AuditEntry, Business, User, subject_key
from accounts.roles import ADMIN, sync_roles
from careops.core.unseen import plain_email

NOTED_EVERY = datetime.timedelta(hours=1)  # of what somebody does over and over: the first time


class LastAdmin(Exception):
    """The person is the only active admin, so nobody could undo the change."""


class EmailTaken(Exception):
    """Someone already signs in with that address."""


class NothingToInvite(Exception):
    """The person has a password already, or no longer works here."""


def record(
    *,
    by: User | None,
    action: str,
    subject: models.Model,
    changes: dict[str, list] | None = None,
    actor: AuditEntry.Actor | None = None,
):
    """Write down who did what; call it in the transaction that did it.

    :param by: None where nobody who works here acted
    :param actor: None: staff, or automation where there is no ``by``
    :param changes: field name to [before, after], as `changed` returns it
    """
    entry = _entry(by=by, action=action, subject=subject, changes=changes or {})
    entry.actor = actor or entry.actor
    entry.save()
    return entry


def record_each(
    *,
    by: User,
    action: str,
    subjects: Iterable[models.Model],
    changes: Mapping[Any, dict[str, list]] | None = None,
) -> None:
    """Write down that somebody did the same to many.

    :param changes: of each, as `record` has them; None: there is nothing to say of them
    """
    of_each = changes or {}
    entries = [
        _entry(by=by, action=action, subject=subject, changes=of_each.get(subject, {}))
        for subject in subjects
    ]
    AuditEntry.objects.bulk_create(entries, batch_size=1000)


def _entry(*, by: User | None, action: str, subject: models.Model, changes: dict[str, list]) -> AuditEntry:
    return AuditEntry(
        by=by,
        actor=AuditEntry.Actor.STAFF if by else AuditEntry.Actor.RULE,
        action=action,
        subject_key=subject_key(subject),
        subject=str(subject)[:200],
        changes=changes,
    )


def changed(subject: models.Model, /, **values: Any) -> dict[str, list]:
    """Set ``values`` on ``subject`` and return what differed, as field to [before, after]. Saves nothing."""
    changes = {}
    for field, after in values.items():
        before = getattr(subject, field)
        if before != after:
            changes[field] = [_plain(before), _plain(after)]
            setattr(subject, field, after)
    return changes


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def record_once(
    *, by: User, action: str, subject: models.Model, now: datetime.datetime, what: str = "", **changes: list
) -> None:
    """Write down what somebody may do over and over, such as reading: once within NOTED_EVERY.

    :param what: tells apart what is noted apart, besides person, action and subject
    """
    who = f"{by.pk} {subject_key(subject)} {what}"
    if limits.allow(action, who, most=1, within=NOTED_EVERY, now=now):
        record(by=by, action=action, subject=subject, changes=changes)


@transaction.atomic
def note_refusal(*, user: User, route: str, path: str, method: str, now: datetime.datetime) -> None:
    """Write down that somebody asked for a page that is not for them.

    :param route: the pattern of the page, noted once for all that it fits
    """
    asked = {"page": [None, path[:200]], "method": [None, method]}
    what = f"{method} {route}"
    record_once(by=user, action="user.refused", subject=user, what=what, now=now, **asked)


@transaction.atomic
def invite_user(*, email: str, name: str, role: str, takes_bookings: bool = True, by: User | None) -> User:
    """Add a person and mail them a link to choose their password.

    :raises EmailTaken: if someone already signs in with that address
    """
    user = create_user(email=email, name=name, role=role, takes_bookings=takes_bookings, password=None, by=by)
    _mail_invitation(user)
    return user


@transaction.atomic
def create_user(
    *,
    email: str,
    name: str,
    role: str,
    takes_bookings: bool = True,
    password: str | None,
    by: User | None,
) -> User:
    """Add a person with a password of their own, such as the first admin.

    :param password: None: they choose it by a link, see `password_link`
    :raises EmailTaken: if someone already signs in with that address
    """
    email = plain_email(email)
    taken = EmailTaken(f"Someone already signs in as {email}.")
    if User.objects.filter(email=email).exists():
        raise taken
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                email=email,
                name=name,
                password=password,
                is_staff=role == ADMIN,
                takes_bookings=takes_bookings,
            )
    except IntegrityError as error:  # somebody else was faster
        raise taken from error
    user.groups.add(_group(role))
    record(by=by, action="user.added", subject=user, changes={"role": [None, role]})
    return user


@transaction.atomic
def invite_again(*, user: User, by: User) -> User:
    """Mail a person who has no password yet another link to choose one.

    :raises NothingToInvite: if they have a password, or no longer work here
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not user.is_active:
        raise NothingToInvite(f"{user} no longer works here, so no link was sent.")
    if not user.is_invited:
        raise NothingToInvite(f"{user} has chosen a password already, so no link was sent.")
    _mail_invitation(user)
    record(by=by, action="user.invited_again", subject=user)
    return user


def _mail_invitation(user: User) -> None:
    transaction.on_commit(
        lambda: jobs.configure_task("accounts.tasks.send_invitation").defer(user_id=user.pk), robust=True
    )


def password_link(user: User) -> str:
    """The address where a person chooses a password, once. Whoever has it can sign in as them: never store it."""
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), token])
    return settings.ALLOWED_ORIGINS[0] + path


@transaction.atomic
def change_user(
    *, user: User, name: str, role: str, takes_bookings: bool | None = None, is_active: bool, by: User
) -> User:
    """Change a person's name, role, whether they take bookings or work here. The visits they have stay theirs.

    Who is switched off is signed out at once and loses the password, so that no old session or link comes back to
    life with them; who is switched on again is mailed a link to choose a new one.

    :param takes_bookings: None: as it is
    :raises LastAdmin: if nobody would be left to administer CareOps
    """
    # One change at a time, decided on what the one before has left: two admins who demote each other must not both
    # still see the other in office.
    list(Group.objects.select_for_update(no_key=True).filter(name=ADMIN))
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if (role != ADMIN or not is_active) and list(User.objects.admins()) == [user]:
        raise LastAdmin(f"{user} is the only admin. Make someone else an admin first.")
    before = user.role
    takes_bookings = user.takes_bookings if takes_bookings is None else takes_bookings
    values = {"name": name, "takes_bookings": takes_bookings, "is_active": is_active}
    changes = changed(user, **values, is_staff=role == ADMIN)
    if before != role:
        changes["role"] = [before, role]
        user.groups.set([_group(role)])
    if "is_active" in changes:
        user.set_unusable_password()
        if not is_active:
            user.switched_off_at = timezone.now()
        if is_active:
            _mail_invitation(user)
    if changes:
        user.full_clean(exclude=["password"])
        user.save(update_fields=[*values, "is_staff", "password", "switched_off_at"])
        record(by=by, action="user.changed", subject=user, changes=changes)
    return user


@transaction.atomic
def change_own_name(*, user: User, name: str) -> User:
    """Change the name under which a person's own work appears."""
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if changes := changed(user, name=name):
        user.full_clean(exclude=["password"])
        user.save(update_fields=["name"])
        record(by=user, action="user.changed", subject=user, changes=changes)
    return user


def _group(role: str) -> Group:
    if not Group.objects.filter(name=role).exists():
        sync_roles()
    return Group.objects.get(name=role)


@transaction.atomic
def change_business(*, by: User | None, **values: Any) -> Business:
    """Change the name, address, time zone, currency, email or phone of the business."""
    business = Business.objects.select_for_update().get(pk=Business.objects.current().pk)
    if changes := changed(business, **values):
        business.full_clean()
        business.save(update_fields=[*changes])
        record(by=by, action="business.changed", subject=business, changes=changes)
    return business
