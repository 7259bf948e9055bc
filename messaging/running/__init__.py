"""The worker's own state: its clock and heartbeat, providers that fail, a database that was restored."""
