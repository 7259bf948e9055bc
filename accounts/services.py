"""What can be done with people and with the business; and `record`, which every service calls."""

import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group
from django.db import models, transaction
from procrastinate.contrib.django import app as jobs

from accounts.models import AuditEntry, Business, User, subject_key
from accounts.roles import ADMIN, sync_roles


class LastAdmin(Exception):
    """The person is the only active admin, so nobody could undo the change."""


class EmailTaken(Exception):
    """Someone already signs in with that address."""


def record(*, by: User | None, action: str, subject: models.Model, changes: dict[str, list] | None = None):
    """Write down who did what; call it in the transaction that did it.

    :param by: None where automation acted
    :param changes: field name to [before, after], as `changed` returns it
    """
    return AuditEntry.objects.create(
        by=by,
        action=action,
        subject_key=subject_key(subject),
        subject=str(subject)[:200],
        changes=changes or {},
    )


def changed(subject: models.Model, **values: Any) -> dict[str, list]:
    """Set ``values`` on ``subject`` and return what differed, as field to [before, after]. Saves nothing."""
    changes = {}
    for field, after in values.items():
        before = getattr(subject, field)
        if before != after:
            changes[field] = [_plain(before), _plain(after)]
            setattr(subject, field, after)
    return changes


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return str(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


@transaction.atomic
def invite_user(*, email: str, name: str, role: str, by: User | None) -> User:
    """Add a person and mail them a link to choose their password.

    :raises EmailTaken: if someone already signs in with that address
    """
    user = _create_user(email=email, name=name, role=role, password=None, by=by)
    transaction.on_commit(
        lambda: jobs.configure_task("accounts.tasks.send_invitation").defer(user_id=user.pk), robust=True
    )
    return user


@transaction.atomic
def create_user(*, email: str, name: str, role: str, password: str, by: User | None) -> User:
    """Add a person with a password of their own, such as the first admin.

    :raises EmailTaken: if someone already signs in with that address
    """
    return _create_user(email=email, name=name, role=role, password=password, by=by)


def _create_user(*, email, name, role, password, by) -> User:
    if User.objects.filter(email=email.strip().lower()).exists():
        raise EmailTaken(f"Someone already signs in as {email.strip().lower()}.")
    user = User.objects.create_user(email=email, name=name, password=password, is_staff=role == ADMIN)
    if not Group.objects.filter(name=role).exists():
        sync_roles()
    user.groups.add(Group.objects.get(name=role))
    record(by=by, action="user.added", subject=user, changes={"role": [None, role]})
    return user


@transaction.atomic
def change_user(*, user: User, name: str, role: str, is_active: bool, by: User) -> User:
    """Change a person's name, role or whether they work here. Switched off, their sessions end at once.

    :raises LastAdmin: if nobody would be left to administer CareOps
    """
    admins = list(User.objects.admins().select_for_update(of=("self",)).order_by("pk"))
    user = User.objects.select_for_update().get(pk=user.pk)
    if admins == [user] and (role != ADMIN or not is_active):
        raise LastAdmin(f"{user} is the only admin. Make someone else an admin first.")
    before = user.role
    changes = changed(user, name=name, is_active=is_active, is_staff=role == ADMIN)
    if before != role:
        changes["role"] = [before, role]
        user.groups.set(Group.objects.filter(name=role))
    if changes:
        user.save(update_fields=["name", "is_active", "is_staff"])
        record(by=by, action="user.changed", subject=user, changes=changes)
    return user


@transaction.atomic
def change_business(*, by: User | None, **values: Any) -> Business:
    """Change the name, address, time zone, currency, email or phone of the business."""
    business = Business.objects.select_for_update().get(pk=Business.objects.current().pk)
    if changes := changed(business, **values):
        business.full_clean()
        business.save(update_fields=[*changes])
        record(by=by, action="business.changed", subject=business, changes=changes)
    return business
