"""The life of a booking, from being made to its outcome, and back."""
