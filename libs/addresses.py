"""The address that a request comes from, and the networks that addresses belong to.

Proxies add the address that they see to the end of `X-Forwarded-For`. The header is read from its
end, through the networks of our own proxies; what stands before was written by the client.
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final, Self

UNKNOWN: Final = "unknown"
_CACHED: Final = 4096
_LONGEST_CACHED_CHARS: Final = 512  # header values come from outside
_SUBSCRIBER_BITS: Final = 64  # a subscriber can use any IPv6 address of a /64 (RFC 6177)
_SITE_BITS: Final = {4: 24, 6: 48}
_PROVIDER_BITS: Final = {4: 16, 6: 32}  # a registry gives a provider an IPv6 /32 at first

Network = IPv4Network | IPv6Network

# They reach any IPv4 address, a private one too: NAT64 (RFC 6052 and 8215) and 6to4 (RFC 3056).
_TRANSLATED: Final = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")))


def parse_networks(text: str) -> list[Network]:
    """Parse networks in CIDR form, separated by commas.

    Raises:
        ValueError: a network is malformed.
    """
    return [ip_network(cidr.strip()) for cidr in text.split(",") if cidr.strip()]


class PublicAddresses:
    """The addresses of the internet, and the networks of our own that may be called as well.

    Addresses that are translated to IPv4 count as private, whichever they reach.

    Args:
        networks: private networks that are allowed.
    """

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self._networks = tuple(networks)

    def __contains__(self, host: object) -> bool:
        """Whether an IP address, without a name, is one of them."""
        try:
            address = ip_address(str(host).partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        is_translated = any(address in network for network in _TRANSLATED)
        is_public = address.is_global and not address.is_multicast and not is_translated
        return is_public or any(address in network for network in self._networks)


class TrustedProxies:
    """The networks of our own proxies.

    Args:
        networks: an address of one of these may say whom it speaks for.
    """

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = tuple(networks)
        self._cached = lru_cache(maxsize=_CACHED)(self._client_of)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse networks in CIDR form, separated by commas.

        Raises:
            ValueError: a network is malformed.
        """
        return cls(parse_networks(text))

    def client_of(self, peer: str, forwarded_for: str) -> str:
        """Return the address that a request comes from, or `UNKNOWN`.

        Args:
            peer: the other end of the connection.
            forwarded_for: all lines of `X-Forwarded-For`, in their order, separated by commas.
        """
        if len(forwarded_for) > _LONGEST_CACHED_CHARS:
            return self._client_of(peer, forwarded_for)
        return self._cached(peer, forwarded_for)

    def _client_of(self, peer: str, forwarded_for: str) -> str:
        hops = [hop for hop in map(str.strip, forwarded_for.split(",")) if hop]
        address = _read(peer)
        while hops and address is not None and self._trusts(address):
            before = _read(hops.pop())
            if before is None:
                break
            address = before
        return UNKNOWN if address is None else str(address)

    def _trusts(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._networks)


def subscriber_of(address: str) -> str:
    """Return the addresses of one subscriber: an IPv4 address, or the /64 of an IPv6 address."""
    return _network(address, _SUBSCRIBER_BITS) if ":" in address else address


def site_of(address: str) -> str:
    """Return the network of one site or provider's block: the /24 or the /48 of an address."""
    return _network(address, _SITE_BITS[6 if ":" in address else 4])


def provider_of(address: str) -> str:
    """Return the wider network of one provider: the /16 or the /32 of an address."""
    return _network(address, _PROVIDER_BITS[6 if ":" in address else 4])


@lru_cache(maxsize=_CACHED)
def _network(address: str, bits: int) -> str:
    return UNKNOWN if address == UNKNOWN else str(ip_network((address, bits), strict=False))


def _read(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address, also `[address]:port`, `address:port` and an IPv4 address within IPv6."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])  # a zone means nothing on another machine
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
