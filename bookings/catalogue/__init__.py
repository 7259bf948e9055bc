"""What is offered: services with their terms, and the materials that they use up."""
