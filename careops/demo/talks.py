"""What clients and staff wrote to each other. The words are in talks.txt."""

from dataclasses import dataclass, field
from pathlib import Path

CLIENT, STAFF, PHONE, CLOSED = "client", "staff", "phone", "closed"
# Asked on the day before a visit: subject, question, answer.
QUESTIONS = [
    (
        "X-rays",
        "Shall I bring my old X-rays along tomorrow?",
        "Yes please, and if you come five minutes early we look at them together first.",
    ),
    (
        "What to wear",
        "What should I wear tomorrow?",
        "Something you can move in. There are changing rooms and towels here.",
    ),
    (
        "Coming by train",
        "My train gets in at a quarter to. Will I make it on foot?",
        "Easily: it is eight minutes along the water, and we will wait for you.",
    ),
]
LOST = ["Robert Lockhart", "Desmond Clarke"]  # did not become clients


@dataclass(frozen=True)
class Line:
    """One message, or the moment when the conversation was put away.

    :param minutes_ago: working minutes before the demo begins
    """

    who: str
    minutes_ago: int
    words: str


@dataclass(frozen=True)
class Talk:
    """One conversation, the oldest line first."""

    client: str
    subject: str
    lines: list[Line] = field(default_factory=list)

    @property
    def begins(self) -> int:
        """How many working minutes ago."""
        return self.lines[0].minutes_ago


def talks() -> list[Talk]:
    found = []
    for line in (Path(__file__).parent / "talks.txt").read_text().splitlines():
        if line.startswith("= "):
            client, _, subject = line[2:].partition(": ")
            found.append(Talk(client, subject))
        elif line and not line.startswith("#"):
            head, _, words = line.partition(": ")
            who, minutes_ago = head.split()
            found[-1].lines.append(Line(who, int(minutes_ago), words))
    return found
