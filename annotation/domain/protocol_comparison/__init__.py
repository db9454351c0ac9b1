"""Do ratings and choices tell the same story of the same two answers? Bansal et al. 2024."""
