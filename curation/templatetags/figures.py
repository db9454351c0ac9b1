"""Figures as people read them."""

from django import template

register = template.Library()


@register.filter
def percent(share: float | None) -> str:
    """Show a share in [0, 1] as a whole percentage; nothing where it is undefined."""
    return "" if share is None else f"{share:.0%}".replace("%", " %")
