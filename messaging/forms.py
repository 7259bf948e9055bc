"""What a person types into a conversation."""

from django import forms

LONGEST = 10_000  # characters


class BodyField(forms.CharField):
    """Text of several lines, which browsers send with two characters at each line's end and count as one."""

    widget = forms.Textarea

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")


class ReplyForm(forms.Form):
    body = BodyField(
        label="Reply",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "Write a reply", "data-key": "r"}),
        error_messages={"required": "Write something first."},
    )


class IncomingForm(forms.Form):
    body = BodyField(
        label="By phone or at the desk",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write down what they said."},
    )
