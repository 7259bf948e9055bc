"""How alerts look: their severity, their state, and the place to act."""

from alerts.models import Alert
from careops.core.looks import Look

Kind, Severity, Status = Alert.Kind, Alert.Severity, Alert.Status
SEVERITIES = {
    Severity.CRITICAL: Look("octagon-alert", "Critical", "critical"),
    Severity.WARNING: Look("triangle-alert", "Warning", "attention"),
    Severity.INFO: Look("info", "Information", "info"),
}
STATES = {
    Status.OPEN: Look("bell", "Open", "accent"),
    Status.ACKNOWLEDGED: Look("eye", "Acknowledged", "info"),
    Status.RESOLVED: Look("check", "Resolved", "done"),
    Status.DISMISSED: Look("bell-off", "Dismissed"),
}
KINDS = {Kind.LOW_STOCK: "package", Kind.DELIVERY: "mail-x"}

SEE_VISIT = Look("calendar", "See the visit")
SEE_CONVERSATION = Look("messages-square", "See the conversation")
SEE_REMINDER = Look("mail", "See the reminder")
ACTS = {
    Kind.LOW_STOCK: Look("package", "See the item"),
    Kind.REQUEST: SEE_VISIT,
    Kind.FORM_OVERDUE: SEE_VISIT,
    Kind.OUTCOME_MISSING: SEE_VISIT,
    Kind.UNANSWERED: SEE_CONVERSATION,
    Kind.OPT_OUT_HINT: SEE_CONVERSATION,
    Kind.HELD_REMINDER: SEE_REMINDER,
    Kind.NOT_REMINDED: SEE_REMINDER,
    Kind.RESTORED: Look("database", "Decide"),
}
# The other kinds may be about one thing or another.
PLACES = {"/bookings/": SEE_VISIT, "/contacts/": Look("user", "See the contact")}
SEE_OUTBOX = Look("send", "See the outbox")


def of_alert(alert: Alert) -> Look:
    """How bad it is, and once it is settled, how."""
    return SEVERITIES[alert.severity] if alert.is_unsettled else STATES[alert.status]


def of_act(alert: Alert) -> Look:
    """What the place to act is called."""
    if alert.kind in ACTS:
        return ACTS[alert.kind]
    return next((look for part, look in PLACES.items() if part in alert.url), SEE_OUTBOX)


def of_kind(alert: Alert) -> Look:
    """An icon for what it is about, in the tone of its severity."""
    severity = SEVERITIES[alert.severity]
    return severity._replace(icon=KINDS.get(alert.kind, "bell"))
