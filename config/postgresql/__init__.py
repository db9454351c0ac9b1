"""The database as Django speaks to it, asked less often whether it is there."""
