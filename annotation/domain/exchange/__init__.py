"""Annotations that were made elsewhere: what a file of another platform says, in our words."""
