"""The worker's own state: its heartbeat, providers that fail, a database that was restored."""
