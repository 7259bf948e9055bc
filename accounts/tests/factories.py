import functools

import factory
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from accounts.models import User
from accounts.roles import ADMIN, STAFF


class UserFactory(factory.django.DjangoModelFactory):
    """A person with the Staff role, as rows; ``role=ADMIN`` for an admin, ``password=None`` for one to come."""

    class Meta:
        model = User

    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.Sequence(lambda n: f"person{n}@careops.example")
    role = STAFF
    password = "a long enough password"

    @classmethod
    def _create(cls, model_class, *args, role, password, **values):
        user = User.objects.create(password=_hashed(password), **{"is_staff": role == ADMIN, **values})
        user.groups.add(Group.objects.get(name=role))
        return user


_hashed = functools.cache(make_password)
