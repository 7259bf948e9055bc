"""What forms about messages ask for."""

from django import forms

from messaging.words.rules import Channel

ORDERS = [
    [Channel.EMAIL, Channel.SMS],
    [Channel.SMS, Channel.EMAIL],
    [Channel.EMAIL],
    [Channel.SMS],
]


class BodyField(forms.CharField):
    """Text of several lines, which browsers send with two characters at each line's end and count as one."""

    widget = forms.Textarea

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")


class OrderField(forms.TypedChoiceField):
    """The channels of a rule in the order in which they are tried."""

    def __init__(self, **options):
        choices = [(",".join(order), ", else ".join(channel.label for channel in order)) for order in ORDERS]
        super().__init__(choices=choices, coerce=lambda value: value.split(","), **options)

    def prepare_value(self, value):
        return ",".join(value) if isinstance(value, list) else value
