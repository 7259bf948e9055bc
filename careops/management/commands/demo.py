import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.models import Business, User
from careops.demo import people, story
from contacts.models import Contact

SEED = 7
PAUSE = 1  # seconds between two lines that say how far it is


class Command(BaseCommand):
    help = "Fill an empty database with a believable business, to look at and to try things out on"
    stealth_options = ("welcome",)
    silent_until = 0.0

    def add_arguments(self, parser):
        parser.add_argument("--seed", type=int, default=SEED, help="Another number makes other days")

    def handle(self, *args, seed, welcome=True, **options):
        """:param welcome: False: whoever calls this says how to sign in"""
        if settings.PRODUCTION:
            raise CommandError("The demo is for development: it refuses to run where ENVIRONMENT=production.")
        if settings.EMAIL_URL:
            raise CommandError("The demo must never send mail: remove EMAIL_URL and run it again.")
        now = timezone.now()
        with transaction.atomic():
            # The lock first: of two demos started at once, the second then sees the first one's people.
            Business.objects.select_for_update().get(pk=Business.objects.current().pk)
            if User.objects.exists() or Contact.objects.exists():
                raise CommandError("This database holds data already. The demo only fills an empty one.")
            story.tell(seed=seed, now=now, progress=self.say_how_far)
        if welcome:
            self.stdout.write(
                f"Welcome to {people.BUSINESS['name']}. Sign in with the password {people.PASSWORD} as\n"
                "  admin@careops.example  (Admin)\n  staff@careops.example  (Staff)"
            )

    def say_how_far(self, share: float) -> None:
        """:param share: from 0 to 1, which is always said"""
        if time.monotonic() < self.silent_until and share < 1:
            return
        self.silent_until = time.monotonic() + PAUSE
        self.stdout.write(f"Filling the database with demo data: {int(share * 100)} %")
        self.stdout.flush()
