"""Characters that nobody sees: clipboards, chat programs and forgers leave them in names, numbers and addresses.

Those of Unicode's default-ignorable ones that words and pictures need stay where they do so: a joiner between letters
of scripts that join, or between emoji, and the tags of a flag. Knows no app; every app may use it.
"""

import re

from django import forms
from django.core.exceptions import ValidationError

LONGEST_MAILBOX = 64  # characters
LINE_ENDS = re.compile(r"\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
FLAG = r"\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f"
ALWAYS = (
    r"\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f"
    r"\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)
UNSEEN = re.compile(rf"({FLAG})|[{ALWAYS}]")
JOINED = r"[\u0600-\uffff\U00010000-\U000dffff]"
LOOSE_JOINER = re.compile(rf"(?<!{JOINED})[\u200c\u200d]|[\u200c\u200d](?!{JOINED})")


def seen(text: str) -> str:
    """``text`` without the characters that nobody sees; whatever ends a line does so by a line feed."""
    return LOOSE_JOINER.sub("", UNSEEN.sub(r"\1", LINE_ENDS.sub("\n", text)))


def plain_email(text: str) -> str:
    """An email address as it is kept and compared."""
    return seen(text).strip().lower()


class VisibleMixin:
    """A field of a form that drops those characters before it looks at what was typed."""

    def to_python(self, value):
        return super().to_python(seen(value) if isinstance(value, str) else value)


class VisibleField(VisibleMixin, forms.CharField):
    """For whatever is one line: names, numbers to call, reasons, and what is looked for."""


def validate_mailbox(email: str) -> None:
    """Refuse what no server delivers to, see RFC 5321, section 4.5.3.1.1."""
    if len(email.rpartition("@")[0]) > LONGEST_MAILBOX:
        raise ValidationError(
            f"Look at this address again: before the @ it has more than {LONGEST_MAILBOX} characters."
        )


class VisibleEmailField(VisibleMixin, forms.EmailField):
    default_validators = [*forms.EmailField.default_validators, validate_mailbox]


WHO = {
    "name": VisibleField,
    "email": VisibleEmailField,
    "phone": VisibleField,
}  # as ``field_classes`` of a form of a model
