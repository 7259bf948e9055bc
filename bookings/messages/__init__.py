"""What is said of a visit: what automation plans, the words' values, calendar files, links."""
