"""A request without the fields of a form says nothing about them: it is no wish to empty all of them."""

from django.core.exceptions import ValidationError
from django.forms import Form

NOTHING = "Nothing of this form arrived, so nothing has been changed. Open the page again."


def all_errors(form: Form) -> str:
    """What is wrong with a form that is shown no more, as sentences."""
    return " ".join(words for errors in form.errors.values() for words in errors)


class ArrivedMixin:
    """For a form that may be left empty altogether: a browser sends its fields even then."""

    @property
    def has_arrived(self) -> bool:
        names = {self.add_prefix(name) for name in self.fields}
        return bool(names & (self.data.keys() | self.files.keys()))

    def clean(self):
        if not self.has_arrived:
            raise ValidationError(NOTHING)
        return super().clean()
