"""The pages of customers: they book, look at a visit of theirs, move it, call it off."""
