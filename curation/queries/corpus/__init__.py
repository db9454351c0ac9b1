"""Conversations and what is said about them."""
