"""The database as Django speaks to it, for the queries that come with every request."""
