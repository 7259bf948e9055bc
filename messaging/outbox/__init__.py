"""What is planned, taken back, edited; every message with what became of it, and why or why not."""
