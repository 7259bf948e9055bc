"""What can be done with bookings and services. Every write to a booking goes through here.

Locks are taken from high to low: the staff member whose time is decided about, the contact, the booking, the service,
then (inside messaging) the conversation, then what the service uses, and (inside inventory) the items. One order for
all, so nobody deadlocks.
"""
