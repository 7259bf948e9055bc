"""The part of the form of a service that asks on what terms it is offered."""

from django import forms
from django.db.models import Q

from bookings.hours.reading import people
from bookings.models.terms import Terms

HOUR, DAY = 60, 24 * 60
DURATIONS = [
    *((minutes, f"{minutes} minutes") for minutes in (15, 30, 45)),
    *((hours * HOUR, f"{hours} hours" if hours > 1 else "1 hour") for hours in (1, 2, 3, 4, 6, 12)),
    *((days * DAY, f"{days} days" if days > 1 else "1 day") for days in (1, 2, 3, 5, 7, 14, 30)),
]
WORDS = {
    "notice": ("Notice", "No notice: until the start", "How long before the start customers may still book."),
    "cancel_limit": ("Customers cancel or move until", "Until the start", "Staff may do so at any time."),
}
AFTER = {"notice": "", "cancel_limit": " before the start"}

TERMS = [
    *["price", "colour", "location", "buffer_before", "buffer_after", "step", "performers"],
    *["is_public", "description", "needs_approval", "notice", "horizon", "cancel_limit"],
    *["most_per_day", "most_per_staff_day", "most_per_customer"],
]
TERM_LABELS = {
    "price": "Price",
    "location": "Where",
    "buffer_before": "Kept free before, in minutes",
    "buffer_after": "Kept free after, in minutes",
    "step": "Times offered",
    "performers": "Who performs it",
    "is_public": "Customers can book it online",
    "needs_approval": "Online bookings wait for approval",
    "horizon": "Days ahead",
    "description": "What customers read about it",
    "most_per_day": "Visits a day",
    "most_per_staff_day": "Visits a day with one person",
    "most_per_customer": "Visits that one customer may have ahead",
}
TERM_HELP = {
    "price": "In the currency of the business. Empty: none is shown.",
    "buffer_before": "Between two visits of one person the longer of the two counts, once.",
    "buffer_after": "To clean up, or to write notes.",
    "performers": "Nobody chosen: everybody who takes bookings.",
    "horizon": "How far ahead customers may book.",
    "needs_approval": "Off: booked at once.",
    "step": "Counted from the full hour.",
    "description": "A sentence or two, beside its name when they book online.",
    "most_per_day": "All people together. Empty: no limit.",
    "most_per_staff_day": "Empty: no limit.",
    "most_per_customer": "Empty: no limit.",
}
NUMBER = {"min": 0, "max": 240, "step": 5}
LIMIT = {"min": 1, "max": 999, "inputmode": "numeric"}
TERM_WIDGETS = {
    "colour": forms.RadioSelect,
    "performers": forms.CheckboxSelectMultiple,
    "buffer_before": forms.NumberInput(NUMBER),
    "buffer_after": forms.NumberInput(NUMBER),
    "most_per_day": forms.NumberInput(LIMIT),
    "most_per_staff_day": forms.NumberInput(LIMIT),
    "most_per_customer": forms.NumberInput(LIMIT),
    "description": forms.Textarea({"rows": 3}),
    "price": forms.NumberInput({"min": 0, "step": "0.01", "inputmode": "decimal"}),
}


class DurationField(forms.TypedChoiceField):
    """Minutes, chosen by their usual names; one that is not usual and stands there already can be kept."""

    def __init__(self, *, none: str, after: str = "", **kwargs):
        choices = [(0, none), *((minutes, words + after) for minutes, words in DURATIONS)]
        super().__init__(choices=choices, coerce=int, empty_value=None, **kwargs)
        self.after = after

    def keep(self, minutes: int | None) -> None:
        if minutes is not None and minutes not in dict(self.choices):
            self.choices = [*self.choices, (minutes, f"{minutes} minutes{self.after}")]


def duration_field(name: str) -> DurationField:
    label, none, help_text = WORDS[name]
    initial = Terms._meta.get_field(name).default
    return DurationField(none=none, after=AFTER[name], label=label, help_text=help_text, initial=initial)


def prepare_terms(form: forms.ModelForm) -> None:
    """Offer the people who take bookings now, those who performed it till now, and no empty choices."""
    service = form.instance
    performing = Q(pk__in=service.performers.values("pk")) if service.pk else None
    form.fields["performers"].queryset = people(also=performing)
    form.fields["performers"].label_from_instance = lambda person: person.name
    form.fields["location"].choices = Terms.Location.choices
    form.fields["step"].choices = Terms.Step.choices
    form.fields["colour"].choices = Terms._meta.get_field("colour").choices
    for name in WORDS:
        form.fields[name].keep(getattr(form.instance, name))
