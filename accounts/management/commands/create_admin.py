import getpass
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.roles import ADMIN
from accounts.services import EmailTaken, create_user, password_link


class Command(BaseCommand):
    help = (
        "Add an admin, such as the first one. Asks for the password, or prints a link where they choose it."
    )

    def add_arguments(self, parser):
        parser.add_argument("email", help="What they sign in with")
        parser.add_argument("--name", required=True, help="What colleagues see")
        parser.add_argument(
            "--password-stdin", action="store_true", help="Read the password from a line of input"
        )

    def handle(self, *args, email, name, password_stdin, **options):
        try:
            password = self.read_password(email, name, from_pipe=password_stdin)
            user = create_user(email=email, name=name, role=ADMIN, password=password, by=None)
        except EmailTaken as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if password:
            self.stdout.write(f"Added {user}. They can sign in now.")
        else:
            self.stdout.write(f"Added {user}. They choose their password here, once, within three days:")
            self.stdout.write(password_link(user))

    def read_password(self, email: str, name: str, *, from_pipe: bool) -> str | None:
        """The password that was typed or piped in; None where nobody can be asked.

        :raises ValidationError: if it is too weak
        """
        if from_pipe:
            password = sys.stdin.readline().rstrip("\r\n")
        elif sys.stdin.isatty():
            password = getpass.getpass("Password: ")
            if getpass.getpass("The same again: ") != password:
                raise CommandError("The two passwords differ. Nothing was added.")
        else:
            return None
        validate_password(password, User(email=email, name=name))
        return password
