"""What comes in: messages from people, and what providers tell about ours.

A webhook is verified and stored as it came (`events`); the worker makes something of it (`process`). Who writes for the
first time becomes a contact, and contacts stand above messaging: so the job is theirs, see contacts/inbound.py.
"""
