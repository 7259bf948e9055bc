"""Why a message was not sent, or not yet: one code each, and a sentence that a receptionist understands."""

from django.db import models


class Reason(models.TextChoices):
    # Skipped: nothing is sent.
    NOT_ACTIVE = "not_active", "CareOps is not switched on for customers yet."
    STOPPED = "stopped", "Automation is stopped for everybody, by {who}."
    RULE_OFF = "rule_off", "The rule “{rule}” is switched off."
    BLOCKED = "blocked", "{contact} is blocked."
    TOO_LATE = "too_late", "Too late to be useful."
    PAUSED = "paused", "Automation is paused by {who} until {until}."
    PAUSED_OPEN = "paused_open", "Automation is paused by {who} until somebody resumes it."
    NO_ADDRESS = "no_address", "No address to send it to: {missing}."
    NO_TEXTS = "no_texts", "This number cannot get texts{besides}."
    OPTED_OUT = "opted_out", "Opted out of {channel}."
    VISITS_ONLY = "visits_only", "Wants {channel} about visits only."
    BOUNCED = "bounced", "{address} does not take messages: {words}"
    NO_PROVIDER = "no_provider", "No provider is set up for {channel}."
    DAILY_CAP = "daily_cap", "{count} automatic messages went out that day already, which is the most."
    NO_MOMENT = "no_moment", "No time was left between {opens} and {closes} before it became useless."
    BOOKED_LATE = "booked_late", "Booked after the time for its reminder."
    ALREADY_SENT = "already_sent", "It was sent already."
    BY_HAND = "by_hand", "Sent by hand instead, by {who}."
    UNCHECKED = "unchecked", "{who} chose not to send it."
    DUPLICATE = "duplicate", "The {rule} says it already."
    IMPORTED = "imported", "The contact was imported."
    STRANGER = "stranger", "They wrote by a machine, or along with too many other strangers."
    MOVED_BACK = "moved_back", "Moved back before anything was sent."
    FORM_RECEIVED = "form_received", "The form has come in."
    ATTENDING = "attending", "They said that they are coming."
    # Cancelled: promised, and taken back.
    BOOKING_MOVED = "booking_moved", "The booking was moved."
    BOOKING_ENDED = "booking_ended", "The booking was marked as {status}."
    TAKEN_BACK = "taken_back", "Cancelled by {who}."
    GIVEN_UP = "given_up", "Given up by {who}. {words}"
    RESTORED = "restored", "Waited in a backup when that was restored."
    # Not yet.
    WINDOW = "window", "Moved to {until}: nothing is sent outside {opens}–{closes}."
    RETRY = "retry", "Try {attempt} of {attempts} failed. {words}"
    WORKER_DIED = "worker_died", "The worker stopped while sending."
    # The end of it.
    LOCAL = "local", "Kept in CareOps: no provider is set up."
    FAILED = "failed", "{words}"
    UNKNOWN = "unknown", "Nobody knows whether it left. {words}"
    CONFIRMED = "confirmed", "{who} found out that it arrived."

    def sentence(self, **facts: object) -> str:
        """The words for a row, at most 300 characters."""
        return self.label.format(**facts)[:300]
