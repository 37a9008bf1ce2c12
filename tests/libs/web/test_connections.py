"""Connections that are kept: when one is used again, and when there is none."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from libs.web.connections import Connections, NoConnection
from libs.web.wire import Origin
from tests.libs.web.party import ASK, OK, Party, ask, speaking


async def test_one_connection_serves_one_question_after_another() -> None:
    """It is kept, and used again."""
    async with speaking(OK, OK, OK) as (party, connections, origin):
        assert [await ask(connections, origin) for _ in range(3)] == [(200, b"ok")] * 3
    assert party.connections == 1


async def test_a_connection_that_was_idle_for_too_long_is_not_used() -> None:
    """The other side may be closing it at this moment."""
    async with speaking(OK, OK, idle_s=0.0) as (party, connections, origin):
        await ask(connections, origin)
        await ask(connections, origin)
    assert party.connections == 2


async def test_who_waits_no_longer_leaves_no_answer_for_the_next() -> None:
    """The answer to a question that was given up may still come: not on this connection."""
    async with speaking(b"", OK) as (party, connections, origin):
        with pytest.raises(TimeoutError):
            await connections.ask(origin, ASK, method="GET", deadline_s=0.05)
        assert await ask(connections, origin) == (200, b"ok")
    assert party.connections == 2


async def test_who_finds_no_place_in_time_asked_nothing() -> None:
    """No more connections than may be at once."""
    async with speaking(b"", OK, most=1) as (party, connections, origin):
        async with asyncio.TaskGroup() as tasks:
            first = tasks.create_task(ask(connections, origin))
            await asyncio.sleep(0.05)
            with pytest.raises(NoConnection):
                await connections.ask(origin, ASK, method="GET", deadline_s=0.05)
            assert len(party.asked) == 1
            first.cancel()
        assert await ask(connections, origin) == (200, b"ok")
    assert party.connections == 2  # the answer that was given up may still come on the first


async def test_nobody_there_is_no_connection() -> None:
    """Refused and not found are alike: nothing was asked."""
    connections = Connections(most=1, idle_s=1, limit_bytes=10)
    for host in ("127.0.0.1", "nobody.invalid"):
        with pytest.raises(NoConnection):
            await connections.ask(Origin("http", host, 1), ASK, method="GET", deadline_s=5)


@pytest.mark.parametrize("known", [True, False])
async def test_only_a_certificate_of_somebody_we_know_is_talked_to(
    tmp_path: Path, known: bool
) -> None:
    """TLS is checked: where the signer is not known, nothing is asked."""
    certificate = self_signed(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    party = Party([OK])
    server = await asyncio.start_server(party.talk, "127.0.0.1", 0, ssl=context)
    trusted = ssl.create_default_context(cafile=certificate) if known else None
    connections = Connections(most=1, idle_s=1, limit_bytes=10, tls=trusted)
    async with server:
        origin = Origin("https", "127.0.0.1", server.sockets[0].getsockname()[1])
        if known:
            assert await ask(connections, origin) == (200, b"ok")
        else:
            with pytest.raises(NoConnection):
                await ask(connections, origin)
            assert party.asked == []
        connections.close()


def self_signed(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "party")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    file = folder / "party.pem"
    file.write_bytes(private + made.public_bytes(pem))
    return file
