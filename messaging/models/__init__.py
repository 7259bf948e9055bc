"""What is said to contacts, by which rules, and to which addresses."""

from messaging.models.address import Address, ConsentChange
from messaging.models.automation import Automation, Rule, WorkerBeat
from messaging.models.conversation import Conversation, Draft, SavedReply
from messaging.models.message import Message
from messaging.models.provider import Provider, WebhookEvent

__all__ = [
    "Address",
    "Automation",
    "ConsentChange",
    "Conversation",
    "Draft",
    "Message",
    "Provider",
    "Rule",
    "SavedReply",
    "WebhookEvent",
    "WorkerBeat",
]
