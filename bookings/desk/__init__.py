"""The pages on which staff book, look at, change and end visits, with what a click will cause."""
