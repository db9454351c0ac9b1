"""What every page needs beside its own view's context."""

from django.http import HttpRequest

THEMES = {"light", "dark"}


def appearance(request: HttpRequest) -> dict[str, str]:
    """Return the theme the person chose, or nothing where the system decides."""
    theme = request.COOKIES.get("harken_theme", "")
    return {"theme": theme if theme in THEMES else ""}
