"""Who may do what: the one table of roles and permissions. `manage.py sync_roles` makes the database match it."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction

ADMIN = "Admin"
STAFF = "Staff"

STAFF_PERMISSIONS = {
    "contacts.view_contact",
    "contacts.add_contact",
    "contacts.change_contact",
    "bookings.view_booking",
    "bookings.add_booking",
    "bookings.change_booking",
    "bookings.view_service",
    "bookings.view_workinghours",
    "bookings.view_dayhours",
    "bookings.view_timeoff",
    "bookings.add_timeoff",
    "bookings.view_closedday",
    "bookings.view_intakeform",
    "bookings.view_intakerequest",
    "bookings.change_intakerequest",
    "messaging.view_conversation",
    "messaging.change_conversation",
    "messaging.view_message",
    "messaging.add_message",
    "messaging.view_savedreply",
    "messaging.view_rule",
    "inventory.view_item",
    "inventory.view_movement",
    "inventory.add_movement",
    "alerts.view_alert",
    "alerts.change_alert",
}
PERMISSIONS = {
    STAFF: STAFF_PERMISSIONS,
    ADMIN: STAFF_PERMISSIONS
    | {
        "contacts.delete_contact",
        "bookings.add_service",
        "bookings.change_service",
        "bookings.change_workinghours",
        "bookings.book_past",
        "bookings.undo_late_booking",
        "bookings.view_calendarfeed",
        "bookings.view_servicematerial",
        "bookings.add_intakeform",
        "bookings.change_intakeform",
        "messaging.change_message",
        "messaging.add_savedreply",
        "messaging.change_savedreply",
        "messaging.delete_savedreply",
        "messaging.view_address",
        "messaging.view_consentchange",
        "messaging.view_automation",
        "messaging.view_webhookevent",
        "messaging.change_rule",
        "messaging.change_automation",
        "messaging.view_provider",
        "inventory.view_reservation",
        "inventory.add_item",
        "inventory.change_item",
        "accounts.view_user",
        "accounts.add_user",
        "accounts.change_user",
        "accounts.view_business",
        "accounts.change_business",
        "accounts.view_auditentry",
    },
}
SUMMARIES = {
    STAFF: "Bookings, contacts, messages and what is used up; their own time off.",
    ADMIN: "Everything Staff can, and also services, hours, items, people and settings.",
}
# What a permission means to the person who has it, in the order of a working day.
WORDS = {
    "bookings.change_booking": "Book visits, move them, call them off and note how they went",
    "bookings.change_intakerequest": "Read what contacts answered in forms, fill in, waive and send again",
    "contacts.change_contact": "Add contacts and change what is known about them",
    "messaging.add_message": "Read and answer messages, and pause or resume automation",
    "alerts.change_alert": "Acknowledge and dismiss alerts",
    "inventory.view_item": "See what is in stock",
    "inventory.add_movement": "Receive, use and count stock",
    "bookings.add_timeoff": "Take time off, and take that back",
    "inventory.change_item": "Add and edit stock items",
    "bookings.change_service": "Change the services that can be booked",
    "bookings.change_workinghours": "Change everybody’s hours, time off and closed days",
    "bookings.change_intakeform": "Write the forms that contacts fill in before a visit",
    "bookings.book_past": "Enter visits that began more than an hour ago",
    "bookings.undo_late_booking": "Undo what became of a visit more than a day ago",
    "messaging.change_rule": "Change what automation says and when",
    "messaging.change_automation": "Stop automation for everybody, and start it again",
    "messaging.view_provider": "See how email and SMS are doing, and test them",
    "messaging.change_savedreply": "Write the saved replies",
    "contacts.delete_contact": "Delete contacts",
    "accounts.change_user": "Invite people, choose their roles and switch them off",
    "accounts.change_business": "Change the name, address and time zone of the business",
    "accounts.view_auditentry": "Look up who did what",
}


@transaction.atomic
def sync_roles() -> None:
    """Make the groups match PERMISSIONS exactly.

    :raises LookupError: if PERMISSIONS names a permission that no app declares
    """
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for role, names in PERMISSIONS.items():
        if unknown := names - known.keys():
            raise LookupError(f"No app declares {', '.join(sorted(unknown))}.")
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set(known[name] for name in names)
