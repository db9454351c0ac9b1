"""Recipes, freezing and versions."""
