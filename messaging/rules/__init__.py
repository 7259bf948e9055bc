"""The pages on which admins read and change what automation does."""
