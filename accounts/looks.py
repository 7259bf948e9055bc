"""How the people who work here look to each other."""

from accounts.models import User
from careops.core.looks import Look

INVITED = Look("mail", "Invited", "attention")
WORKS_HERE = Look("check", "Works here", "done")
HAS_LEFT = Look("log-out", "Has left")


def of_user(user: User) -> Look:
    if user.is_invited:
        return INVITED
    return WORKS_HERE if user.is_active else HAS_LEFT
