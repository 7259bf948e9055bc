"""The ground, pure: clocks on walls, who works when, and which times are free. No database, no Django."""
