"""Figures as people read them."""

from django import template

register = template.Library()


@register.filter
def percent(share: float | None) -> str:
    """Show a share in [0, 1] as a whole percentage; nothing where it is undefined."""
    return "" if share is None else f"{share:.0%}".replace("%", " %")


@register.filter
def percentage(share: float) -> str:
    """Write a share in [0, 1] as a place on a drawing, whatever the language: "62.5%"."""
    return f"{100 * share:.1f}%"


@register.filter
def points(difference: float) -> str:
    """Show a difference of shares in percentage points with its sign, such as +5.3."""
    return f"{100 * difference:+.1f}".replace("-", "−")
