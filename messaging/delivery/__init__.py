"""The way out: due messages are taken under a lease, handed to a gateway, and their outcome is kept."""
