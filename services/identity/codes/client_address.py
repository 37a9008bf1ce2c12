"""The client address under which code requests are counted."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network

UNKNOWN: Final = "unknown"
_SUBSCRIBER_PREFIX = 64  # one IPv6 subscriber can use any address of a /64


def parse_networks(text: str) -> tuple[Network, ...]:
    """Parse networks in CIDR form, separated by commas.

    Raises:
        ValueError: a network is malformed.
    """
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def client_address(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """Return the address that a request is counted under; an IPv6 address as its /64.

    `X-Forwarded-For` is read from its end and only as far as trusted proxies wrote it, so that
    no client can choose its own address.

    Args:
        peer: address of the other end of the connection.
        forwarded_for: value of `X-Forwarded-For`; empty if there is none.
        trusted: networks of our own proxies.
    """
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    address = _canonical(peer)
    while hops and _is_in(address, trusted):
        before = _canonical(hops.pop())
        if before == UNKNOWN:
            break
        address = before
    return _counted(address)


def _canonical(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return UNKNOWN
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)


def _is_in(address: str, trusted: Sequence[Network]) -> bool:
    return address != UNKNOWN and any(ip_address(address) in network for network in trusted)


def _counted(address: str) -> str:
    if ":" not in address:
        return address
    return str(ip_network((address, _SUBSCRIBER_PREFIX), strict=False))
