"""Every page and fragment that links lead to: one example of each route."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import urldefrag, urljoin, urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import APIRequestContext

LINK = re.compile(r'(?:href|hx-get)="([^"#][^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """An address that was found, and what it answered."""

    route: str
    path: str
    status: int
    is_page: bool


def crawl(request: APIRequestContext, starts: Iterable[str]) -> list[Visited]:
    """Follow links and fragments breadth first, one address for each route, and return them in order of finding."""
    waiting = deque(starts)
    found: dict[str, Visited] = {}
    while waiting:
        path = waiting.popleft()
        route = _route_of(path)
        if not route or route in found:
            continue
        answer = request.get(path)
        is_html = answer.headers.get("content-type", "").startswith("text/html")
        text = answer.text() if is_html else ""
        found[route] = Visited(
            route=route, path=path, status=answer.status, is_page=text.lstrip().startswith("<!doctype")
        )
        waiting += links_of(text, base=path)
    return list(found.values())


def links_of(html: str, *, base: str) -> Iterator[str]:
    """Yield the addresses of this host that a page or fragment leads to."""
    for match in LINK.finditer(html):
        address = urlsplit(urldefrag(urljoin(base, unescape(match[1]))).url)
        if not address.netloc:
            yield address.path + (f"?{address.query}" if address.query else "")


def _route_of(path: str) -> str:
    """Return the route's name, apart for the same route with a query; "" for static files."""
    address = urlsplit(path)
    try:
        name = resolve(address.path).view_name
    except Resolver404:
        return ""
    names = sorted(part.partition("=")[0] for part in address.query.split("&") if part)
    return f"{name}?{'&'.join(names)}" if names else name
