"""Where a request comes from, for counting: behind the gateway, but not wherever it pleases."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network

UNKNOWN: Final = "unknown"
_HOME_PREFIX = 64  # what one IPv6 subscriber is given; counting single addresses would be no limit


def read_networks(text: str) -> tuple[Network, ...]:
    """Read networks in CIDR form, comma between them; ValueError where one is malformed."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def address_of(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """Return the address that a request is counted under.

    `X-Forwarded-For` is read from its end and only as far as trusted proxies wrote it, so that
    nobody else can count under an address of their own choice.

    Args:
        peer: the other end of the connection.
        forwarded_for: the header's value, empty where there is none.
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
    return str(ip_network((address, _HOME_PREFIX), strict=False))
