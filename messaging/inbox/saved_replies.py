"""Answers that are needed often. Their words are checked by the form; here stands who may not overwrite whom."""

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.services import changed, record
from careops.core.versions import refuse_stale
from messaging.models import SavedReply


class NameTaken(Exception):
    """Another saved reply has that name."""


class SavedReplyGone(Exception):
    """Somebody has deleted the saved reply just now."""


@transaction.atomic
def create_saved_reply(*, name: str, body: str, by: User) -> SavedReply:
    """Save an answer under a name; the same again is the one that is there.

    :raises NameTaken: if another answer has that name
    """
    existing = SavedReply.objects.filter(name=name).first()
    if existing and existing.body == body:
        return existing
    saved_reply = SavedReply(name=name, body=body)
    _save(saved_reply)
    record(by=by, action="saved_reply.created", subject=saved_reply)
    return saved_reply


@transaction.atomic
def change_saved_reply(
    *, saved_reply: SavedReply, name: str, body: str, version: int | None = None, by: User
) -> SavedReply:
    """Change the name or the words of a saved reply.

    :param version: the one that the caller looked at; None: whatever it is by now
    :raises ChangedMeanwhile: if somebody else has changed it since
    :raises NameTaken: if another answer has that name
    :raises SavedReplyGone: if somebody has deleted it
    """
    saved_reply = SavedReply.objects.select_for_update(no_key=True).filter(pk=saved_reply.pk).first()
    if saved_reply is None:
        raise SavedReplyGone("Somebody has just deleted this saved reply.")
    values = {"name": name, "body": body}
    refuse_stale(saved_reply, seen=version, values=values)
    if changes := changed(saved_reply, **values):
        saved_reply.version += 1
        _save(saved_reply)
        record(by=by, action="saved_reply.changed", subject=saved_reply, changes=changes)
    return saved_reply


@transaction.atomic
def delete_saved_reply(*, saved_reply: SavedReply, by: User) -> None:
    """Delete a saved reply; what was sent with it stays. Nothing happens the second time."""
    held = SavedReply.objects.select_for_update().filter(pk=saved_reply.pk).first()
    if held:
        record(by=by, action="saved_reply.deleted", subject=held)
        held.delete()


def _save(saved_reply: SavedReply) -> None:
    try:
        with transaction.atomic():
            saved_reply.save()
    except IntegrityError as error:
        raise NameTaken(f"There is a saved reply “{saved_reply.name}” already.") from error
