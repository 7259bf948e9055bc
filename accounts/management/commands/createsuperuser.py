from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Not used here: see create_admin"

    def add_arguments(self, parser):
        parser.add_argument("anything", nargs="*")

    def handle(self, *args, **options):
        raise CommandError("Nobody is above the roles here. Use: manage.py create_admin EMAIL --name NAME")
