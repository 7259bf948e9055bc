"""A rule in a plain sentence, as it stands: "One day before a visit, remind people of it by email, else by SMS"."""

from messaging.words import durations
from messaging.words.rules import Channel

TIMES = {1: "once", 2: "twice"}


def of_rule(
    *, template: str, channels: list[str], leads: list[int], delay: int | None, cap: int | None
) -> str:
    """The sentence of a rule with these values; a template names those that it has.

    :param leads: minutes before the visit
    :param delay: minutes after its cause
    """
    delay = delay or 0
    sentence = template.format(
        ways=ways(channels),
        leads=_listed([durations.spelled(lead) for lead in leads]),
        later=f"{durations.spelled(delay)} later" if delay else durations.AT_ONCE,
        after=f"{durations.spelled(delay)} after" if delay else "right after",
        asked=_listed(
            [f"{durations.spelled(delay)} after the confirmation"]
            + [f"{durations.spelled(lead)} before the visit" for lead in leads]
        ),
        cap=f"at most {TIMES.get(cap or 0, f'{cap} times')}",
    )
    return sentence[:1].upper() + sentence[1:]


def ways(channels: list[str]) -> str:
    """by email, else by SMS"""
    return ", else ".join(f"by {_name(channel)}" for channel in channels)


def _name(channel: str) -> str:
    return "SMS" if channel == Channel.SMS else Channel(channel).label.lower()


def _listed(items: list[str]) -> str:
    *first, last = items or [""]
    return f"{', '.join(first)} and again {last}" if first else last
