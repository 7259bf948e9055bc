import factory
from django.utils import timezone

from contacts.models import Contact
from contacts.services import create_contact
from messaging.models import Message


class ContactFactory(factory.django.DjangoModelFactory):
    """A contact with its conversation; no word of a welcome, unless ``welcome=True``."""

    class Meta:
        model = Contact

    name = factory.Sequence(lambda n: f"Ada Client {n}")
    email = factory.Sequence(lambda n: f"ada{n}@client.example")
    welcome = False

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        contact = create_contact(by=None, **{"now": timezone.now(), **kwargs})
        if not kwargs["welcome"]:  # nor why there was none
            Message.objects.filter(conversation__contact=contact).delete()
        return contact
