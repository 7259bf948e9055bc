from django.core.management.base import BaseCommand
from django.utils import timezone

from messaging.running import restored


class Command(BaseCommand):
    help = "After a restore: cancel what waited in the backup and is due by now, and let this database send again"

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="Only say what would happen")

    def handle(self, *args, dry_run, **options):
        now = timezone.now()
        if restored.is_home():
            self.stdout.write("This database is at home: there is nothing to decide.")
            return
        found = restored.waiting(now=now)
        unknown, planned = found.in_hand.count(), found.planned.count()
        cancelled = found.due.count() if dry_run else restored.settle(by=None, now=now)
        would = "would be " if dry_run else ""
        self.stdout.write(
            f"{cancelled} due {would}cancelled, {unknown} in hand {would}noted as unknown, {planned} stay planned."
        )
        if not dry_run:
            self.stdout.write("This database sends from now on.")
