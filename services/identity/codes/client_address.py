"""The client address under which code requests are counted."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, Self

from starlette.requests import Request

UNKNOWN: Final = "unknown"
_SUBSCRIBER_PREFIX = 64  # one IPv6 subscriber can use any address of a /64


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """Networks of our own proxies, whose `X-Forwarded-For` is trusted."""

    networks: tuple[IPv4Network | IPv6Network, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse networks in CIDR form, separated by commas.

        Raises:
            ValueError: a network is malformed.
        """
        return cls(tuple(ip_network(cidr.strip()) for cidr in text.split(",") if cidr.strip()))

    def __contains__(self, address: str) -> bool:
        return address != UNKNOWN and any(
            ip_address(address) in network for network in self.networks
        )


def client_address(request: Request, trusted: TrustedProxies) -> str:
    """Return the address that a request is counted under; an IPv6 address as its /64.

    `X-Forwarded-For` is read from its end, and only the entries that trusted proxies wrote, so that
    a client cannot choose its own address.
    """
    forwarded_for = ",".join(request.headers.getlist("x-forwarded-for"))
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    address = _canonical(request.client.host if request.client else "")
    while hops and address in trusted:
        before = _canonical(hops.pop())
        if before == UNKNOWN:
            break
        address = before
    if ":" not in address:
        return address
    return str(ip_network((address, _SUBSCRIBER_PREFIX), strict=False))


def _canonical(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return UNKNOWN
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)
