"""The day as a picture, with a column for each person."""
