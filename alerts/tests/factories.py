import factory

from alerts.models import Alert
from alerts.services import raise_alert


class AlertFactory(factory.django.DjangoModelFactory):
    """An open warning about a cause of its own."""

    class Meta:
        model = Alert

    kind = Alert.Kind.LOW_STOCK
    source_key = factory.Sequence(lambda n: f"item:{n}")
    title = factory.Sequence(lambda n: f"Gloves {n} are low")
    url = "/inventory/"

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return raise_alert(**kwargs)
