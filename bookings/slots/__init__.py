"""Which times are free, and the lock and the check that make double booking impossible."""
