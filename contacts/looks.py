"""How far somebody has come."""

from careops.core.looks import Look
from contacts.models import Contact

Stage = Contact.Stage
STAGES = {
    Stage.NEW: Look("sparkles", "New", "info"),
    Stage.CONTACTED: Look("message-circle", "Contacted", "attention"),
    Stage.BOOKED: Look("calendar-check", "Booked", "done"),
    Stage.LOST: Look("circle-slash", "Lost"),
}
