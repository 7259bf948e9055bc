"""What is going on now, counted in few statements."""
