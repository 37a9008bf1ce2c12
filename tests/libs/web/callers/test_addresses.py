import pytest
from starlette.requests import Request

from libs.addresses import (
    UNKNOWN,
    PublicAddresses,
    TrustedProxies,
    parse_networks,
    provider_of,
    site_of,
    subscriber_of,
)
from libs.web.callers.addresses import client_address
from tests.deploy.manifests import composed, literals

ON_ONE_MACHINE = "127.0.0.0/8, ::1/128"
IN_THE_CLUSTER = literals()["platform"]["NAGORIK_TRUSTED_PROXIES"]
CITIZEN = "203.0.113.7"


def address(peer: str, *lines: str, trusted: str = ON_ONE_MACHINE) -> str:
    """The address that counts, of a request with these lines of `X-Forwarded-For`."""
    headers = [(b"x-forwarded-for", line.encode()) for line in lines]
    client = (peer, 1234) if peer else None
    request = Request({"type": "http", "headers": headers, "client": client})
    return client_address(request, TrustedProxies.parse(trusted))


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "counted"),
    [
        (CITIZEN, "198.51.100.1", CITIZEN),
        ("127.0.0.1", CITIZEN, CITIZEN),
        ("127.0.0.1", f"198.51.100.1, {CITIZEN}", CITIZEN),
        ("127.0.0.1", f"198.51.100.1, {CITIZEN}, 127.0.0.2", CITIZEN),
        ("127.0.0.1", " , ,", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.9", "127.0.0.9"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", f"{CITIZEN}:4711", CITIZEN),
        ("127.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("127.0.0.1", "fe80::1%eth0", "fe80::1"),
        ("::ffff:127.0.0.1", CITIZEN, CITIZEN),
        (f"::ffff:{CITIZEN}", "", CITIZEN),
        ("::1", "2001:DB8:0::0001", "2001:db8::1"),
        ("", CITIZEN, UNKNOWN),
    ],
)
def test_a_client_cannot_choose_its_address(peer: str, forwarded_for: str, counted: str) -> None:
    """Of `X-Forwarded-For` only what our own proxies wrote counts."""
    assert address(peer, forwarded_for) == counted


def test_a_second_line_of_a_proxy_counts_after_the_first_of_the_client() -> None:
    """A proxy may add a line instead of an entry: the lines are one list, in their order."""
    assert address("127.0.0.1", "198.51.100.1", CITIZEN) == CITIZEN
    assert address("127.0.0.1", f"198.51.100.1, {CITIZEN}", "127.0.0.2") == CITIZEN


@pytest.mark.parametrize(
    "pod",
    ["10.42.3.7", "172.16.5.9", "192.168.200.4", "100.64.1.1", "100.127.9.9", "fd00:10:244::7"],
)
def test_the_manifests_trust_pods_of_every_private_network(pod: str) -> None:
    """Ingress and gateway speak for citizens, whichever network the cluster gives to pods."""
    assert address(pod, CITIZEN, trusted=IN_THE_CLUSTER) == CITIZEN
    assert address(pod, f"{CITIZEN}, {pod}", trusted=IN_THE_CLUSTER) == CITIZEN


@pytest.mark.parametrize("stranger", [CITIZEN, "2001:db8::1", "172.32.0.1", "100.128.0.1"])
def test_the_manifests_trust_no_public_address(stranger: str) -> None:
    """Whoever comes from the internet is counted under its own address."""
    assert address(stranger, "198.51.100.1", trusted=IN_THE_CLUSTER) == stranger


def test_compose_trusts_its_own_network() -> None:
    """The gateway's container speaks for callers; every service is told the same network."""
    for name in ("gateway", "identity"):
        trusted = composed()[name]["environment"]["NAGORIK_TRUSTED_PROXIES"]
        assert address("172.31.213.5", CITIZEN, trusted=trusted) == CITIZEN
        assert address("172.18.0.5", CITIZEN, trusted=trusted) == "172.18.0.5"


def test_addresses_of_one_subscriber_and_of_one_site_are_one() -> None:
    """A subscriber has an address or a /64, a site a /24 or a /48, a provider a /16 or a /32."""
    assert (subscriber_of(CITIZEN), site_of(CITIZEN)) == (CITIZEN, "203.0.113.0/24")
    one, other = "2001:db8:1:2:3:4:5:6", "2001:db8:1:2:ffff::1"
    assert subscriber_of(one) == subscriber_of(other) == "2001:db8:1:2::/64"
    assert site_of(one) == site_of("2001:db8:1:ffff::1") == "2001:db8:1::/48"
    assert provider_of(one) == provider_of("2001:db8:ffff::1") == "2001:db8::/32"
    assert provider_of(CITIZEN) == "203.0.0.0/16"
    assert (subscriber_of(UNKNOWN), site_of(UNKNOWN), provider_of(UNKNOWN)) == (UNKNOWN,) * 3


def test_a_long_header_is_not_remembered() -> None:
    """Header values come from strangers; a long one is read all the same."""
    assert address("127.0.0.1", "x" * 60_000 + f", {CITIZEN}") == CITIZEN


@pytest.mark.parametrize(
    "host",
    [
        "10.1.2.3",
        "100.64.1.1",
        "169.254.169.254",
        "127.0.0.1",
        "224.0.0.1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:10.1.2.3",
        "::ffff:203.0.113.7",
        "64:ff9b::a01:203",
        "64:ff9b::5db8:d822",
        "64:ff9b:1::1",
        "2002:a01:203::1",
        "2002:5db8:d822::1",
        "a.name",
    ],
)
def test_what_may_be_a_machine_of_ours_is_not_public(host: str) -> None:
    """Neither an address behind a translation: NAT64 and 6to4 reach any IPv4 address."""
    assert host not in PublicAddresses()


def test_the_internet_is_public_and_so_is_what_the_operator_names() -> None:
    """Also the wider form of a public IPv4 address."""
    for host in ("93.184.216.34", "::ffff:93.184.216.34", "2606:2800:220:1::1"):
        assert host in PublicAddresses()
    assert "10.1.2.3" in PublicAddresses(parse_networks("10.1.0.0/16"))
    assert "64:ff9b::a01:203" in PublicAddresses(parse_networks("64:ff9b::a01:0/112"))
