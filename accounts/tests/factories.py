import factory

from accounts.models import User
from accounts.roles import STAFF
from accounts.services import create_user


class UserFactory(factory.django.DjangoModelFactory):
    """A person with the Staff role; ``role=ADMIN`` for an admin."""

    class Meta:
        model = User

    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.Sequence(lambda n: f"person{n}@careops.example")
    role = STAFF

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return create_user(by=None, **{"password": "a long enough password", **kwargs})
