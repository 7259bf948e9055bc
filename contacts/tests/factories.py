import factory
from django.utils import timezone

from contacts import phones
from contacts.models import Contact
from contacts.services import create_contact
from messaging.models import Conversation


class ContactFactory(factory.django.DjangoModelFactory):
    """A contact with its conversation, as rows: nothing was said and nothing recorded.

    ``now`` is when they became one. With ``welcome=True`` they come through the service, which welcomes them.
    """

    class Meta:
        model = Contact

    name = factory.Sequence(lambda n: f"Ada Client {n}")
    email = factory.Sequence(lambda n: f"ada{n}@client.example")
    phone = ""
    now = factory.LazyFunction(timezone.now)
    welcome = False

    @classmethod
    def _create(cls, model_class, *args, welcome, now, **values):
        if welcome:
            return create_contact(by=None, now=now, **values)
        phone = values["phone"]
        numbers = {"phone_e164": phones.e164(phone), "phone_digits": phones.comparable(phone)}
        contact = Contact.objects.create(**{"created_at": now, **numbers, **values})
        Conversation.objects.create(contact=contact)
        return contact
