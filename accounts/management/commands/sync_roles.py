from django.core.management.base import BaseCommand

from accounts.roles import PERMISSIONS, sync_roles


class Command(BaseCommand):
    help = "Make the groups Admin and Staff match accounts/roles.py; run it after every migrate"

    def handle(self, *args, **options):
        sync_roles()
        self.stdout.write(f"Roles in order: {', '.join(sorted(PERMISSIONS))}.")
