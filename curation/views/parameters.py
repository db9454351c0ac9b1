"""What addresses carry behind the question mark, read strictly: nonsense is not found."""

from uuid import UUID

from django.http import Http404, HttpRequest


def uuid_parameter(request: HttpRequest, name: str) -> UUID | None:
    """Return a UUID of the address, None where it is absent or empty."""
    value = request.GET.get(name)
    if not value:
        return None
    try:
        return UUID(value)
    except ValueError as error:
        raise Http404 from error


def number_parameter(request: HttpRequest, name: str, *, default: int) -> int:
    """Return a whole number of the address that a position may have."""
    value = request.GET.get(name)
    if not value:
        return default
    if not value.isascii() or not value.isdecimal() or len(value) > 9:
        raise Http404
    return int(value)
