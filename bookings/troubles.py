"""What can be wrong with a row, and the alert about it: raised once by the clock, and resolved when it is over."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import CharField, Exists, Model, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from accounts.models import Business, subject_key
from alerts import services as alerts
from alerts.models import Alert

BATCH = 200  # alerts of a kind that one look raises or settles; the next look goes on


@dataclass(frozen=True)
class Trouble:
    """Something that can be wrong with a row of ``model``.

    :param find: narrows rows down to those that have it
    :param words: title and detail of the alert about a row, with times as a zone has them
    """

    kind: Alert.Kind
    severity: Alert.Severity
    model: type[Model]
    find: Callable[..., QuerySet]
    words: Callable[[Model, datetime.tzinfo], tuple[str, str]]

    def look(self, *, now: datetime.datetime) -> None:
        """Raise an alert for each row that has it and has none, and resolve those about rows that have it no more."""
        self._raise_new(now=now)
        self._resolve_gone(now=now)

    def tell(self, row: Model, *, zone: datetime.tzinfo) -> None:
        """Have it on the list of alerts, in the words of now."""
        title, detail = self.words(row, zone)
        alerts.raise_alert(
            kind=self.kind,
            source_key=subject_key(row),
            severity=self.severity,
            title=title[:200],
            detail=detail,
            url=row.get_absolute_url(),
        )

    def _raise_new(self, *, now: datetime.datetime) -> None:
        key = Concat(Value(self._key("")), Cast(OuterRef("pk"), CharField()))
        known = Alert.objects.filter(kind=self.kind, source_key=key, cause_ended_at=None)
        unknown = self.find(self.model.objects.for_list(), now=now).exclude(Exists(known))
        zone = Business.objects.current().zone
        for pk in list(unknown.values_list("pk", flat=True)[:BATCH]):
            self._raise(pk, now=now, zone=zone)

    @transaction.atomic
    def _raise(self, pk: int, *, now: datetime.datetime, zone: datetime.tzinfo) -> None:
        """The lock lets nobody settle the row between the look and the alert; who holds it now changes it anyway."""
        unlocked = self.find(self.model.objects.filter(pk=pk), now=now).for_list()
        row = unlocked.select_for_update(of=("self",), skip_locked=True).first()
        if row is not None and not Alert.objects.ongoing(kind=self.kind, source_key=self._key(pk)).exists():
            self.tell(row, zone=zone)

    def _resolve_gone(self, *, now: datetime.datetime) -> None:
        ongoing = Alert.objects.filter(kind=self.kind, cause_ended_at=None)
        keys = set(ongoing.values_list("source_key", flat=True))
        found = self.find(self.model.objects.all(), now=now)
        lasting = {self._key(pk) for pk in found.values_list("pk", flat=True)} if keys else set()
        for key in sorted(keys - lasting)[:BATCH]:
            alerts.resolve_alerts(kind=self.kind, source_key=key, why="It is settled.")

    def _key(self, pk: int | str) -> str:
        """As `subject_key` has it."""
        return f"{self.model._meta.model_name}:{pk}"
