"""The order in which messages that are due had better leave, which matters after an outage."""

from django.db.models import BooleanField, F, Func

# First to colleagues, then what a person typed or asked for, then whatever becomes useless soonest, as an early visit
# does, then the rest, the longest due first. PostgreSQL puts false before true and empty last. An index keeps it.
USEFUL_FIRST = [
    Func(F("conversation"), template="%(expressions)s IS NOT NULL", output_field=BooleanField()),
    Func(F("sent_by"), template="%(expressions)s IS NULL", output_field=BooleanField()),
    F("useless_after").asc(),
    F("send_at").asc(),
    F("id").asc(),
]
