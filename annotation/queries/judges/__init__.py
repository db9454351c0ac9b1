"""What people decided that a judge can be held against, and what judges earned by it."""
