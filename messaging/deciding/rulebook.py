"""What the admins have decided about automation, read at one moment."""

from dataclasses import dataclass

from accounts.models import Business
from messaging.models import Automation, Rule
from messaging.words.rules import STANDARDS, RuleCode


@dataclass(frozen=True)
class Rulebook:
    """The business, how automation behaves in it, and each rule by its code."""

    business: Business
    automation: Automation
    rules: dict[RuleCode, Rule]

    @classmethod
    def current(cls) -> "Rulebook":
        rows = {RuleCode(rule.code): rule for rule in Rule.objects.all()}
        return cls(
            business=Business.objects.current(),
            automation=Automation.objects.current(),
            rules={code: rows.get(code) or Rule.standard_of(code) for code in STANDARDS},
        )
