"""How Django itself writes and reads dates and times, by language."""
