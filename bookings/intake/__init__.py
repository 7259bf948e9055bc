"""Forms before a visit: written, asked for, filled in, read."""
