"""Who may be written to at which address, and the page on which people choose."""
