import factory

from contacts.models import Contact
from contacts.services import create_contact


class ContactFactory(factory.django.DjangoModelFactory):
    """A contact with its conversation; no welcome, unless ``welcome=True``."""

    class Meta:
        model = Contact

    name = factory.Sequence(lambda n: f"Ada Client {n}")
    email = factory.Sequence(lambda n: f"ada{n}@client.example")
    welcome = False

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return create_contact(by=None, **kwargs)
