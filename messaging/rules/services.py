"""What admins decide about automation: each rule, how all of them behave, and whether they run at all.

The row of a rule or of the settings is made by its first change, and locked by each.
"""

import datetime
from typing import Any

from django.db import models, transaction

from accounts.models import User
from accounts.services import changed, record
from careops.core.versions import refuse_stale
from messaging.models import Address, Automation, Message, Rule
from messaging.running.wake import wake_worker
from messaging.words.reasons import Reason
from messaging.words.rules import STANDARDS, TO_CONTACTS, Channel, RuleCode, useless_after


class AddressRefused(Exception):
    """Whoever has the address does not want to hear from the business, so that not even a test goes there."""


@transaction.atomic
def change_rule(
    *, code: RuleCode, version: int | None = None, by: User, now: datetime.datetime, **values: Any
) -> Rule:
    """Change whether a rule is on, its timing, channels or words; what is not named stays as it is.

    What is planned already keeps its time and words. Switched on, the rule does not speak about what is past.

    :param version: the one that the caller looked at; None: whatever it is by now
    :raises ChangedMeanwhile: if somebody else has changed it since
    :raises ValidationError: if the words ask for the impossible, see `Rule.clean`
    """
    rule = _held(Rule, {"code": code}, Rule.standard_of(code))
    refuse_stale(rule, seen=version, values=values)
    before = {name: _words(rule, name) for name in values}
    if changes := changed(rule, **values):
        rule.version += 1
        rule.full_clean()
        rule.save(update_fields=[*changes, "version"])
        in_words = {name: [before[name], _words(rule, name)] for name in changes}
        record(by=by, action="rule.changed", subject=rule, changes=in_words)
        if changes.get("enabled") == [False, True]:
            _skip_due([code], Reason.RULE_OFF, now=now, rule=rule)
    return rule


def switch_rule(*, code: RuleCode, enabled: bool, by: User, now: datetime.datetime) -> Rule:
    """Switch a rule on or off; it may be so already."""
    return change_rule(code=code, enabled=enabled, by=by, now=now)


def restore_standard(*, code: RuleCode, by: User, now: datetime.datetime) -> Rule:
    """Give a rule back the words that it came with."""
    standard = STANDARDS[code]
    words = {"subject": standard.subject, "body": standard.body, "sms": standard.sms}
    return change_rule(code=code, by=by, now=now, **words)


@transaction.atomic
def change_settings(*, version: int | None = None, by: User, **values: Any) -> Automation:
    """Change the pause, the sending window, the daily cap or how long a message may stay unanswered.

    :param version: the one that the caller looked at; None: whatever it is by now
    :raises ChangedMeanwhile: if somebody else has changed them since
    """
    automation = _held(Automation, {"pk": 1}, Automation(pk=1))
    refuse_stale(automation, seen=version, values=values)
    if changes := changed(automation, **values):
        automation.version += 1
        automation.full_clean()
        automation.save(update_fields=[*changes, "version"])
        record(by=by, action="automation.changed", subject=automation, changes=changes)
    return automation


@transaction.atomic
def stop_automation(*, by: User, now: datetime.datetime) -> Automation:
    """From now on nothing automatic leaves for anybody. What falls due meanwhile is skipped."""
    automation = _held(Automation, {"pk": 1}, Automation(pk=1))
    if not automation.is_stopped:
        automation.stopped_at, automation.stopped_by = now, by
        automation.save(update_fields=["stopped_at", "stopped_by"])
        record(by=by, action="automation.stopped", subject=automation)
    return automation


@transaction.atomic
def start_automation(*, by: User, now: datetime.datetime) -> Automation:
    """Let automation run again. What fell due while it was stopped is not sent afterwards."""
    automation = _held(Automation, {"pk": 1}, Automation(pk=1))
    if automation.is_stopped:
        _skip_due(TO_CONTACTS, Reason.STOPPED, now=now, who=automation.stopped_by or "a colleague")
        automation.stopped_at = automation.stopped_by = None
        automation.save(update_fields=["stopped_at", "stopped_by"])
        record(by=by, action="automation.started", subject=automation)
    return automation


@transaction.atomic
def send_test(
    *, channel: Channel, address: str, subject: str, body: str, sms: str, by: User, now: datetime.datetime
) -> Message:
    """Send words as a test to somebody who works here; what the provider says stands on the message's page.

    :param address: email in lower case, or number as E.164
    :raises AddressRefused: if its owner has opted out
    """
    if Address.objects.filter(channel=channel, value=address, state=Address.State.REFUSED).exists():
        raise AddressRefused(f"Whoever has {address} has opted out of {channel.label}. Choose another.")
    message = Message.objects.create(
        channel=channel,
        address=address,
        rule=RuleCode.TEST,
        sent_by=by,
        subject=f"Test: {subject}"[:200],
        body=body,
        sms=sms,
        send_at=now,
        created_at=now,
        useless_after=useless_after(RuleCode.TEST, send_at=now),
        status=Message.Status.QUEUED,
    )
    record(by=by, action="message.tested", subject=message)
    wake_worker()
    return message


def _held(model: type[models.Model], key: dict[str, Any], standard: models.Model) -> models.Model:
    """The one row with ``key``, locked; made from ``standard`` where nobody has changed anything yet."""
    model.objects.bulk_create([standard], ignore_conflicts=True)
    return model.objects.select_for_update(no_key=True).get(**key)


def _skip_due(codes: list[RuleCode], reason: Reason, *, now: datetime.datetime, **facts: object) -> None:
    """Skip what automation was to send by now, had it been allowed to: the worker may not have come to it.

    What somebody else has in hand is decided by them.
    """
    due = Message.objects.due(now=now).filter(rule__in=codes, sent_by=None)
    held = due.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)
    Message.objects.filter(pk__in=list(held)).update(
        status=Message.Status.SKIPPED, reason_code=reason, reason=reason.sentence(**facts)
    )


def _words(rule: Rule, name: str) -> Any:
    """A value for the history: as it reads, for what is kept in minutes or as a list."""
    display = getattr(rule, f"get_{name}_display", None)
    return display() if display else getattr(rule, name)
