"""News of facilities within the year: new and closing ones, changed rates (S4, P4)."""
