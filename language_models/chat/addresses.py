"""Where a connection really goes: names are looked up, checked, and connected to as they were checked.

Which hosts may be asked at all is decided by name before. A name can point anywhere later, so addresses that no model
stands at, such as those where a cloud hands out its credentials, are refused at the moment of connecting. Written for
httpx2, the client that openai sends with.
"""

import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TypeAlias

import httpcore2
import httpx2

Address: TypeAlias = IPv4Address | IPv6Address
# Host and port → the addresses that the name stands for now.
Resolve: TypeAlias = Callable[[str, int], list[str]]


class AddressRefusedError(httpcore2.ConnectError):
    """An address that no connection is made to; the text is written for people."""


def addresses_of(host: str, port: int) -> list[str]:
    """Return the addresses that a name stands for now, as the system finds them; raises httpcore2.ConnectError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore2.ConnectError(str(error)) from error
    return list(dict.fromkeys(str(sockaddr[0]) for *_rest, sockaddr in found))


def require_address(address: str, *, host: str) -> None:
    """Raise AddressRefusedError for an address where no model stands, unless the host is that very address."""
    found = _plain(address)
    if found.is_loopback or found == _named(host):
        return
    if found.is_link_local or found.is_multicast or found.is_unspecified or found.is_reserved:
        message = (
            f"The name {host} points to {found}, an address of a network link, where no model is asked."
            " Whoever runs this installation can allow the address itself in HARKEN_MODEL_HOSTS."
        )
        raise AddressRefusedError(message)


class CheckedBackend(httpcore2.SyncBackend):
    """Connects to the addresses that were checked, never to what the name stands for a moment later."""

    def __init__(self, *, resolve: Resolve = addresses_of) -> None:
        self._resolve = resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address that answers; raises AddressRefusedError where any of them is refused."""
        addresses = self._resolve(host, port)
        for address in addresses:
            require_address(address, host=host)
        failed: Exception = httpcore2.ConnectError(f"{host} has no address.")
        for address in addresses:
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
        raise failed


class CheckedTransport(httpx2.HTTPTransport):
    """A transport whose connections are checked; certificates are still those of the name."""

    def __init__(self, *, resolve: Resolve = addresses_of) -> None:
        super().__init__(trust_env=False)
        # httpx2 hands no backend on to its pool: it is replaced as a whole.
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(trust_env=False),
            max_connections=None,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            network_backend=CheckedBackend(resolve=resolve),
        )


def _plain(address: str) -> Address:
    """Return an address, an IPv4 one also where it is written as IPv6."""
    found = ip_address(address.partition("%")[0])
    return getattr(found, "ipv4_mapped", None) or found


def _named(host: str) -> Address | None:
    try:
        return _plain(host.strip("[]"))
    except ValueError:
        return None
