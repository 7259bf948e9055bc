"""What admins have decided about automation, and whether the worker is alive."""

import datetime

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from messaging.words import durations, sentences, texts
from messaging.words.rules import (
    REMINDER_STALE_BEFORE,
    SENDABLE_CHOICES,
    STANDARDS,
    Channel,
    MessageClass,
    RuleCode,
    Standard,
)

LONGEST_LEAD = durations.LONGEST
LONGEST_GRACE = 60  # minutes; a notice of what has just been done should not wait longer


class RuleManager(models.Manager):
    def current(self, code: RuleCode) -> "Rule":
        """A rule as it stands: as an admin has changed it, else as it came."""
        return self.filter(code=code).first() or Rule.standard_of(code)

    def all_current(self) -> dict[RuleCode, "Rule"]:
        """Every rule as it stands, in one query."""
        changed = {rule.code: rule for rule in self.all()}
        return {code: changed.get(code) or Rule.standard_of(code) for code in STANDARDS}


class Rule(models.Model):
    """What an admin has decided about one rule of automation; without a row it stands as it came."""

    code = models.CharField(max_length=20, choices=RuleCode.choices, unique=True, editable=False)
    enabled = models.BooleanField("on")
    channels = ArrayField(
        models.CharField(max_length=5, choices=SENDABLE_CHOICES),
        help_text="The first that is possible is used",
    )
    leads = ArrayField(
        models.PositiveIntegerField(validators=[MinValueValidator(1), MaxValueValidator(LONGEST_LEAD)]),
        default=list,
        blank=True,
        help_text="Minutes before the visit",
    )
    delay = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(LONGEST_LEAD)],
        help_text="Minutes after its cause",
    )
    cap = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    subject = models.CharField(max_length=200)
    body = models.TextField("email", max_length=5000)
    sms = models.TextField("SMS", max_length=480, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False, help_text="One more at each change")

    objects = RuleManager()

    def __str__(self):
        return self.get_code_display()

    def get_absolute_url(self):
        return reverse("messaging:rule", args=[self.code])

    @classmethod
    def standard_of(cls, code: RuleCode) -> "Rule":
        """A rule that nobody has changed yet; not saved."""
        standard = STANDARDS[code]
        return cls(
            code=code,
            enabled=standard.enabled,
            channels=list(standard.channels),
            leads=list(standard.leads),
            delay=standard.delay,
            cap=standard.cap,
            subject=standard.subject,
            body=standard.body,
            sms=standard.sms,
        )

    def clean(self):
        found = {
            name: texts.problems(getattr(self, name), known=self.placeholders)
            for name in ("subject", "body", "sms")
        }
        if Channel.SMS in self.channels and not self.sms.strip():
            found["sms"].append("Write what the SMS says, or send this rule by email only.")
        found |= {"leads": self._problems_of_leads(), "delay": self._problems_of_delay()}
        if found := {name: words for name, words in found.items() if words}:
            raise ValidationError(found)

    def _problems_of_leads(self) -> list[str]:
        if self.standard.leads and not self.leads and self.standard.delay is None:
            return ["Say when, such as 1 day. To send none, switch the rule off."]
        too_short = REMINDER_STALE_BEFORE.total_seconds() // 60
        if any(lead <= too_short for lead in self.leads):
            return ["Nothing is sent in the last 30 minutes before a visit. Choose a longer time."]
        return []

    def _problems_of_delay(self) -> list[str]:
        kind = self.rule_code.message_class
        if kind == MessageClass.RECEIPT and (self.delay or 0) > LONGEST_GRACE:
            return ["An hour is the most: people should hear of it soon."]
        if kind == MessageClass.CLOCK and self.delay == 0:
            return ["The confirmation has just said it: choose a longer time."]
        return []

    @property
    def rule_code(self) -> RuleCode:
        return RuleCode(self.code)

    @property
    def standard(self) -> Standard:
        return STANDARDS[self.rule_code]

    @property
    def has_standard_words(self) -> bool:
        standard = self.standard
        return (self.subject, self.body, self.sms) == (standard.subject, standard.body, standard.sms)

    @property
    def is_for_staff(self) -> bool:
        return self.rule_code.message_class == MessageClass.STAFF

    @property
    def placeholders(self) -> dict[str, str]:
        """What its texts may name, and what each stands for."""
        if self.is_for_staff:
            return texts.ALERT
        about_visit = texts.VISIT if self.standard.about_visit else {}
        about_move = texts.MOVE if self.code == RuleCode.MOVED else {}
        return texts.CONTACT | about_visit | about_move

    @property
    def sentence(self) -> str:
        """What it does, as it stands."""
        return sentences.of_rule(
            template=self.standard.sentence,
            channels=self.channels,
            leads=self.leads,
            delay=self.delay,
            cap=self.cap,
        )

    def get_channels_display(self) -> str:
        return sentences.ways(self.channels)

    def get_leads_display(self) -> str:
        return ", ".join(durations.words(lead) for lead in self.leads)

    def get_delay_display(self) -> str:
        return "" if self.delay is None else durations.words(self.delay)


class AutomationManager(models.Manager):
    def current(self) -> "Automation":
        """How automation behaves, as it came until an admin changes it."""
        return self.select_related("stopped_by").filter(pk=1).first() or Automation(pk=1)


class Automation(models.Model):
    """How automation behaves for the whole business; one row."""

    stopped_at = models.DateTimeField(
        null=True, blank=True, help_text="From then on nothing automatic leaves; empty: it runs"
    )
    stopped_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, blank=True, related_name="+")
    pause_hours = models.PositiveSmallIntegerField(
        "a reply pauses automation for",
        null=True,
        blank=True,
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(24 * 30)],
        help_text="Hours; empty: until somebody resumes it",
    )
    reminders_continue = models.BooleanField("visit reminders continue during a pause", default=False)
    opens = models.TimeField("nothing automatic before", default=datetime.time(8))
    closes = models.TimeField("nor from", default=datetime.time(21))
    window_for_email = models.BooleanField("also for email", default=False)
    daily_cap = models.PositiveSmallIntegerField(
        "at most", default=3, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    unanswered_hours = models.PositiveSmallIntegerField(
        "an unanswered message raises an alert after",
        default=4,
        validators=[MinValueValidator(1), MaxValueValidator(72)],
    )
    home = models.CharField(
        max_length=120,
        blank=True,
        editable=False,
        help_text="Where this database lives; see messaging.running.restored",
    )
    version = models.PositiveIntegerField(default=1, editable=False, help_text="One more at each change")

    objects = AutomationManager()

    class Meta:
        verbose_name_plural = "automation"
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="one_automation"),
            models.CheckConstraint(condition=Q(opens__lt=F("closes")), name="window_opens_before_it_closes"),
        ]

    def __str__(self):
        return "Automation"

    def get_absolute_url(self):
        return reverse("messaging:settings")

    @property
    def is_stopped(self) -> bool:
        return self.stopped_at is not None

    @property
    def pause(self) -> datetime.timedelta | None:
        """How long a reply keeps automation silent; None: until somebody resumes it."""
        return datetime.timedelta(hours=self.pause_hours) if self.pause_hours else None


class WorkerBeat(models.Model):
    """The one row in which the worker says that it is alive."""

    beat_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_worker_beat")]

    def __str__(self):
        return f"Worker at {self.beat_at}"
