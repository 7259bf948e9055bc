"""What can be wrong with a row, and the alert about it: raised once by the clock, and resolved when it is over."""

import datetime
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Expression, Model, QuerySet, Value

from accounts.models import Business
from alerts import services as alerts
from alerts.models import Alert

BATCH = 200  # alerts of a kind that one look raises or resolves; the next look goes on

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trouble:
    """Something that can be wrong with a row of ``model``.

    :param find: narrows rows down to those that have it
    :param words: title and detail of the alert about a row, with times as a zone has them
    :param over: said of an alert whose cause has ended
    :param matters_at: of a row, the time of the visit it is about; None: it is about none
    :param bout: tells one bout of it from the next, such as the message that began it; None: there is but one
    """

    kind: Alert.Kind
    severity: Alert.Severity
    model: type[Model]
    find: Callable[..., QuerySet]
    words: Callable[[Any, datetime.tzinfo], tuple[str, str]]
    over: str = "It is settled."
    matters_at: Callable[[Any], datetime.datetime | None] | None = None
    bout: Expression | None = None

    def look(self, *, now: datetime.datetime) -> None:
        """Raise an alert for each row that has it and has none, and resolve those about rows that have it no more."""
        ongoing = Alert.objects.filter(kind=self.kind, cause_ended_at=None)
        known = set(ongoing.values_list("source_key", flat=True))
        found = self._found(self.model.objects.order_by("pk"), now=now)
        if new := [pk for key, pk in found.items() if key not in known][:BATCH]:
            zone = Business.objects.current().zone
            for pk in new:
                self._raise(pk, now=now, zone=zone)
        for key in sorted(known - found.keys())[:BATCH]:
            alerts.resolve_alerts(kind=self.kind, source_key=key, why=self.over)

    def has(self, row: Model, *, now: datetime.datetime) -> bool:
        """Whether the row is in this trouble by what is stored of it."""
        return self.find(self.model.objects.filter(pk=row.pk), now=now).exists()

    def tell(self, row: Model, *, zone: datetime.tzinfo, bout: object = None) -> None:
        """Have it on the list of alerts, in the words of now."""
        title, detail = self.words(row, zone)
        alerts.raise_alert(
            kind=self.kind,
            source_key=self._key(row.pk, bout),
            severity=self.severity,
            title=title[:200],
            detail=detail,
            url=row.get_absolute_url(),
            matters_at=self.matters_at(row) if self.matters_at else None,
        )

    @transaction.atomic
    def _raise(self, pk: int, *, now: datetime.datetime, zone: datetime.tzinfo) -> None:
        """The lock lets nobody settle the row between the look and the alert; who holds it now changes it anyway."""
        found = self.find(self.model.objects.filter(pk=pk), now=now).annotate(bout_of_trouble=self._bout)
        row = found.select_for_update(of=("self",), no_key=True, skip_locked=True).first()
        if row is None:
            return
        key = self._key(pk, row.bout_of_trouble)
        if not Alert.objects.ongoing(kind=self.kind, source_key=key).exists():
            self.tell(row, zone=zone, bout=row.bout_of_trouble)

    def _found(self, rows: QuerySet, *, now: datetime.datetime) -> dict[str, int]:
        """Each row that has it, by the key of its alert."""
        found = self.find(rows, now=now).values_list("pk", self._bout)
        return {self._key(pk, bout): pk for pk, bout in found}

    @property
    def _bout(self) -> Expression:
        return Value("") if self.bout is None else self.bout

    def _key(self, pk: int, bout: object) -> str:
        """As `subject_key` has it, and the bout."""
        return f"{self.model._meta.model_name}:{pk}" + (f":{bout}" if bout else "")


def look_for(troubles: Iterable[Trouble], *, now: datetime.datetime) -> None:
    """Look for each. One that cannot be looked for is logged, and keeps no other from being found."""
    for trouble in troubles:
        try:
            trouble.look(now=now)
        except Exception:
            logger.exception("could not look for trouble", extra={"kind": str(trouble.kind)})
