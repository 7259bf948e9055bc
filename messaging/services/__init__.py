"""What can be done with conversations, messages, consent and rules. Sending is the worker's: see delivery.py."""
