"""Saying that something went wrong which nobody foresaw."""

import logging
import traceback

from messaging.models import Message

logger = logging.getLogger(__name__)


def log_bug(text: str, message: Message, error: Exception) -> None:
    # Where it came from, without the text of the exception, which may hold an address.
    trace = "".join(traceback.format_tb(error.__traceback__))
    logger.error(text, extra={"message_id": message.pk, "error": type(error).__name__, "trace": trace})
