"""What somebody has begun to write: kept on the server, so that it is there on the next machine as well."""

import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from messaging.locks import locked
from messaging.models import Conversation, Draft, Message
from messaging.words.rules import Channel


@transaction.atomic
def save_draft(
    *,
    conversation: Conversation,
    by: User,
    body: str,
    channel: Channel,
    now: datetime.datetime,
    once: UUID | None = None,
) -> Draft | None:
    """Keep what a person has typed so far in a conversation instead of what was kept before; nothing typed: drop it.

    :param once: the token of the form; a draft that arrives after its own reply is not kept
    """
    conversation = locked(conversation)
    if not body.strip() or (once and Message.objects.filter(once=once).exists()):
        conversation.drafts.filter(by=by).delete()
        return None
    draft, _ = Draft.objects.update_or_create(
        conversation=conversation, by=by, defaults={"body": body, "channel": channel, "changed_at": now}
    )
    return draft
