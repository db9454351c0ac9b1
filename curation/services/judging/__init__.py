"""Having judges compare answers."""
