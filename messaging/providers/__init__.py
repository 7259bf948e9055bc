"""The page on the providers of email and SMS: are they well, and a message to try."""
